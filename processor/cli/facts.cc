#include "processor/cli/facts.h"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <limits>

#include "common/config/duration.h"
#include "processor/cli/exit_codes.h"
#include "processor/cli/server.h"

namespace mercaptan::cli {
namespace {

const boost::json::value* at_path(const boost::json::value& value, std::string_view path) {
    const boost::json::value* here = &value;
    while (true) {
        const auto* object = here->if_object();
        if (object == nullptr) return nullptr;
        const std::size_t dot = path.find('.');
        here = object->if_contains(path.substr(0, dot));
        if (here == nullptr || dot == std::string_view::npos) return here;
        path.remove_prefix(dot + 1);
    }
}

/// Numbers as people write them: without the E that JSON writers like.
std::string plain(double number) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.10g", number);
    return text.data();
}

}  // namespace

std::string fact(const boost::json::value& value, std::string_view path) {
    const boost::json::value* found = at_path(value, path);
    if (found == nullptr || found->is_null()) return "-";
    if (found->is_string()) return std::string{found->get_string()};
    if (found->is_bool()) return found->get_bool() ? "yes" : "no";
    if (found->is_double()) return plain(found->get_double());
    if (const auto* array = found->if_array()) {
        std::string out;
        for (const auto& item : *array) {
            out += out.empty() ? "" : ", ";
            out += item.is_string() ? std::string{item.get_string()} : boost::json::serialize(item);
        }
        return out.empty() ? "-" : out;
    }
    return boost::json::serialize(*found);
}

bool truth(const boost::json::value& value, std::string_view path) {
    const boost::json::value* found = at_path(value, path);
    return found != nullptr && found->is_bool() && found->get_bool();
}

Instant wall_now() {
    const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
    return Instant{now.time_since_epoch().count()};
}

std::string local_time(const std::string& rfc3339) {
    const auto at = parse_rfc3339(rfc3339);
    if (!at) return rfc3339;
    const auto seconds = static_cast<std::time_t>(at->ms / 1000);
    std::tm parts{};
    if (localtime_r(&seconds, &parts) == nullptr) return rfc3339;
    std::array<char, 32> text{};
    const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
    return std::string{text.data(), size};
}

std::string time_fact(const boost::json::value& value, std::string_view path) {
    return local_time(fact(value, path));
}

std::string span(Duration duration) {
    const long long seconds = duration.count() / 1000;
    const long long days = seconds / 86'400;
    const long long hours = seconds / 3600 % 24;
    const int minutes = static_cast<int>(seconds / 60 % 60);
    const int rest = static_cast<int>(seconds % 60);
    std::array<char, 48> text{};
    if (days > 0) {
        std::snprintf(text.data(), text.size(), "%lldd %02lld:%02d:%02d", days, hours, minutes,
                      rest);
    } else if (hours > 0) {
        std::snprintf(text.data(), text.size(), "%lld:%02d:%02d", hours, minutes, rest);
    } else {
        std::snprintf(text.data(), text.size(), "%d:%02d", minutes, rest);
    }
    return text.data();
}

std::string next_deadline(const boost::json::value& ticket, Instant now) {
    const boost::json::value* clocks = at_path(ticket, "clocks");
    if (clocks == nullptr || !clocks->is_array()) return {};
    Instant soonest{std::numeric_limits<std::int64_t>::max()};
    std::string out;
    for (const auto& clock : clocks->get_array()) {
        if (fact(clock, "status") != "running") continue;
        const auto due = parse_rfc3339(fact(clock, "due_at"));
        if (!due || *due >= soonest) continue;
        soonest = *due;
        out = fact(clock, "name") +
              (*due >= now ? " in " + span(*due - now) : " over by " + span(now - *due));
    }
    return out;
}

std::string cause_of(const boost::json::value& ticket) {
    std::string out = fact(ticket, "cause.condition");
    if (const std::string value = fact(ticket, "cause.value"); value != "-") {
        out += ' ' + value;
        if (const std::string unit = fact(ticket, "cause.unit"); unit != "-") out += ' ' + unit;
    }
    if (const std::string device = fact(ticket, "cause.device"); device != "-")
        out += " at " + device;
    return out;
}

std::string time_argument(const std::string& text, std::string_view option) {
    if (text.empty()) return {};
    if (const auto ago = config::parse_duration(text)) return to_rfc3339(wall_now() - *ago);
    const bool number = text.find_first_not_of("0123456789") == std::string::npos;
    if (number || parse_rfc3339(text)) return text;
    throw Failed{kExitUsage, std::string{option} +
                                 ": expected a time such as 2026-11-21T08:00:00Z, epoch "
                                 "milliseconds, or 2h for two hours ago; got " +
                                 text};
}

}  // namespace mercaptan::cli
