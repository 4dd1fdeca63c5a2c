#include "processor/api/query.h"

#include <algorithm>
#include <charconv>

#include "common/config/duration.h"

namespace mercaptan::processor::api {
namespace {

template <class Integer>
std::optional<Integer> integer(std::string_view text) {
    Integer number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || rest != end || text.empty()) return std::nullopt;
    return number;
}

std::optional<unsigned char> nibble(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned char>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned char>(c - 'a' + 10);
    return std::nullopt;
}

}  // namespace

Result<Instant> parse_instant(std::string_view text) {
    if (const auto ms = integer<std::int64_t>(text)) {
        const Instant at{*ms};
        if (at >= kInstantMin && at <= kInstantMax) return at;
    } else if (auto at = parse_rfc3339(text)) {
        return at;
    }
    return fail(ErrorCode::invalid_input,
                "expected a time such as 2026-11-21T08:00:00.123Z, or epoch milliseconds");
}

std::optional<std::string> Query::text(const std::string& name) {
    asked_.insert(name);
    const auto found = request_.query.find(name);
    if (found == request_.query.end()) return std::nullopt;
    if (found->second.empty()) refuse(name, "expected a value");
    return found->second;
}

std::optional<bool> Query::flag(const std::string& name) {
    const auto word = text(name);
    if (!word) return std::nullopt;
    if (*word != "true" && *word != "false") refuse(name, "expected true or false");
    return *word == "true";
}

std::optional<Instant> Query::instant(const std::string& name) {
    const auto word = text(name);
    if (!word) return std::nullopt;
    const auto at = parse_instant(*word);
    if (!at) {
        refuse(name, at.error().message);
        return std::nullopt;
    }
    return *at;
}

std::optional<Duration> Query::duration(const std::string& name) {
    const auto word = text(name);
    if (!word) return std::nullopt;
    const auto duration = config::parse_duration(*word);
    if (!duration) {
        refuse(name, duration.error().message);
        return std::nullopt;
    }
    return *duration;
}

std::size_t Query::limit(std::size_t fallback, std::size_t most) {
    const auto word = text("limit");
    if (!word) return fallback;
    const auto number = integer<std::uint64_t>(*word);
    if (!number || *number == 0) {
        refuse("limit", "expected a whole number from 1");
        return fallback;
    }
    return static_cast<std::size_t>(std::min<std::uint64_t>(*number, most));
}

std::optional<std::string> Query::cursor() {
    const auto word = text("cursor");
    if (!word) return std::nullopt;
    std::string key;
    bool good = word->size() % 2 == 0;
    for (std::size_t i = 0; good && i < word->size(); i += 2) {
        const auto high = nibble((*word)[i]);
        const auto low = nibble((*word)[i + 1]);
        good = high && low;
        if (good) key.push_back(static_cast<char>(*high << 4U | *low));
    }
    if (!good) refuse("cursor", "expected next_cursor of the page before");
    return key;
}

std::vector<std::string> Query::words(const std::string& name) {
    std::vector<std::string> out;
    const auto all = text(name);
    if (!all) return out;
    std::string_view rest = *all;
    while (true) {
        const std::size_t comma = rest.find(',');
        out.emplace_back(rest.substr(0, comma));
        if (comma == std::string_view::npos) return out;
        rest.remove_prefix(comma + 1);
    }
}

void Query::refuse(const std::string& name, const std::string& message) {
    if (!error_) error_ = Error{ErrorCode::invalid_input, name + ": " + message, name};
}

Result<void> Query::finish() const {
    for (const auto& [name, value] : request_.query) {
        if (asked_.count(name) == 0) {
            return fail(ErrorCode::invalid_input, "there is no parameter " + name, name);
        }
    }
    if (error_) return Failure{*error_};
    return {};
}

std::string write_cursor(std::string_view key) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    out.reserve(key.size() * 2);
    for (const char c : key) {
        const auto byte = static_cast<unsigned char>(c);
        out.push_back(kDigits[byte >> 4U]);
        out.push_back(kDigits[byte & 15U]);
    }
    return out;
}

}  // namespace mercaptan::processor::api
