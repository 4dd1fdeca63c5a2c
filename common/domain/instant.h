#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/domain/result.h"

namespace mercaptan {

using Duration = std::chrono::milliseconds;

/// A point in time: UTC milliseconds since 1970-01-01T00:00:00Z, leap seconds ignored.
/// Event time, receive time and record time are all Instants but are never compared with each
/// other unless a comment says why.
struct Instant {
    std::int64_t ms = 0;

    auto operator<=>(const Instant&) const = default;
    constexpr Instant operator+(Duration d) const { return {ms + d.count()}; }
    constexpr Instant operator-(Duration d) const { return {ms - d.count()}; }
    constexpr Duration operator-(Instant other) const { return Duration{ms - other.ms}; }
};

/// 0001-01-01 and 9999-12-31: an instant outside is not a time that RFC 3339 can write.
inline constexpr Instant kInstantMin{-62'135'596'800'000};
inline constexpr Instant kInstantMax{253'402'300'799'999};

/// `2026-11-21T08:00:00.123Z`. The instant must lie within kInstantMin..kInstantMax.
[[nodiscard]] std::string to_rfc3339(Instant at);

/// Reads RFC 3339 with `Z` or a numeric offset and up to nine digits of a second (cut to
/// milliseconds). Fails with invalid_input.
[[nodiscard]] Result<Instant> parse_rfc3339(std::string_view text);

}  // namespace mercaptan
