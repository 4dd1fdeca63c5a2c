#include "common/http/wire.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <ctime>
#include <string_view>

namespace mercaptan::http {

namespace {

// The server frames messages itself; a handler can't change that.
constexpr std::array<std::string_view, 7> kOwnHeaders = {
    "connection", "content-length",    "content-type",          "date",
    "keep-alive", "transfer-encoding", "x-content-type-options"};

bool equals_ignoring_case(std::string_view a, std::string_view lower) {
    return std::ranges::equal(
        a, lower, [](unsigned char x, unsigned char y) { return std::tolower(x) == y; });
}

bool is_own(std::string_view name) {
    return std::ranges::any_of(
        kOwnHeaders, [&](std::string_view own) { return equals_ignoring_case(name, own); });
}

bool is_token(std::string_view name) {
    constexpr std::string_view kPunctuation = "!#$%&'*+-.^_`|~";
    return !name.empty() && std::ranges::all_of(name, [&](unsigned char c) {
        return c < 0x80 && (std::isalnum(c) != 0 ||
                            kPunctuation.find(static_cast<char>(c)) != std::string_view::npos);
    });
}

bool is_field_value(std::string_view value) {
    return std::ranges::none_of(
        value, [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7F; });
}

// Not strftime: the names must be English whatever the locale.
std::string http_date(std::chrono::system_clock::time_point now) {
    constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    std::array<char, 64> text{};
    const int size = std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                   kDays[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                                   kMonths[static_cast<std::size_t>(utc.tm_mon)],
                                   utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
    return {text.data(), static_cast<std::size_t>(size)};
}

void append(std::string& head, std::string_view name, std::string_view value) {
    head.append(name).append(": ").append(value).append("\r\n");
}

std::string start_head(int status, std::chrono::system_clock::time_point now) {
    std::string head = "HTTP/1.1 " + std::to_string(status) + " ";
    head.append(reason_of(status)).append("\r\n");
    append(head, "date", http_date(now));
    append(head, "x-content-type-options", "nosniff");
    return head;
}

}  // namespace

bool is_sendable(const Response& response) {
    if (response.status < 200 || response.status > 599) return false;
    if (!is_field_value(response.content_type)) return false;
    return std::ranges::all_of(response.headers, [](const auto& header) {
        return is_token(header.first) && is_field_value(header.second);
    });
}

bool has_body(int status) {
    return status != 204 && status != 304;
}

std::string response_head(const Response& response, bool keep_alive,
                          std::chrono::system_clock::time_point now) {
    std::string head = start_head(response.status, now);
    append(head, "connection", keep_alive ? "keep-alive" : "close");
    if (has_body(response.status)) {
        append(head, "content-type", response.content_type);
        append(head, "content-length", std::to_string(response.body.size()));
    }
    for (const auto& [name, value] : response.headers) {
        if (!is_own(name)) append(head, name, value);
    }
    return head += "\r\n";
}

std::string stream_head(std::chrono::system_clock::time_point now) {
    std::string head = start_head(200, now);
    append(head, "connection", "close");
    append(head, "content-type", "text/event-stream");
    append(head, "cache-control", "no-store");
    // Keeps nginx from holding events back until a buffer is full.
    append(head, "x-accel-buffering", "no");
    return head += "\r\n";
}

}  // namespace mercaptan::http
