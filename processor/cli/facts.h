#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "common/domain/instant.h"

// What a JSON answer says, as a person reads it.
namespace mercaptan::cli {

/// The value at a dotted path; `-` for null or nothing.
[[nodiscard]] std::string fact(const boost::json::value& value, std::string_view path);
[[nodiscard]] bool truth(const boost::json::value& value, std::string_view path);

[[nodiscard]] Instant wall_now();
/// An RFC 3339 text as `2026-11-21 16:00:00` in local time; anything else as it is.
[[nodiscard]] std::string local_time(const std::string& rfc3339);
[[nodiscard]] std::string time_fact(const boost::json::value& value, std::string_view path);
/// `4:59`, `1:00:00`, `2d 03:00:00`.
[[nodiscard]] std::string span(Duration duration);

/// The next deadline that runs, `depart in 12:30` or `depart over by 3:10`; empty if none.
[[nodiscard]] std::string next_deadline(const boost::json::value& ticket, Instant now);
/// `gas.alarm 23.5 %LEL at det-0001`
[[nodiscard]] std::string cause_of(const boost::json::value& ticket);

/// Reads RFC 3339, epoch milliseconds, or `2h` for two hours ago; as RFC 3339. Empty stays empty.
/// Throws Failed.
[[nodiscard]] std::string time_argument(const std::string& text, std::string_view option);

}  // namespace mercaptan::cli
