#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/domain/instant.h"
#include "common/domain/result.h"

namespace mercaptan::config {

/// A length of time as people write it. Days and business days have no fixed length: the calendar
/// decides where they end.
struct Span {
    enum class Unit : std::uint8_t { exact, days, business_days };

    Unit unit = Unit::exact;
    std::int64_t count = 0;  // Milliseconds if exact, else days.

    bool operator==(const Span&) const = default;
    [[nodiscard]] bool exact() const { return unit == Unit::exact; }
    [[nodiscard]] static constexpr Span of(Duration duration) {
        return {Unit::exact, duration.count()};
    }
};

/// The longest length of time any setting takes: ten years.
inline constexpr std::int64_t kSpanDaysMax = 3653;
inline constexpr Duration kDurationMax = std::chrono::hours{24 * kSpanDaysMax};

enum class Zero : std::uint8_t { refused, allowed };

/// Reads `500ms`, `3s`, `30m`, `2h`, `3d` or `3bd`: digits and one unit, at most ten years. Fails
/// with invalid_input and a message that starts with "expected".
[[nodiscard]] Result<Span> parse_span(std::string_view text, Zero zero = Zero::refused);

/// As parse_span, but exact units only (no `d`, no `bd`).
[[nodiscard]] Result<Duration> parse_duration(std::string_view text, Zero zero = Zero::refused);

/// The shortest text that parse_span reads back to the same value: `90s`, `2h`, `3bd`.
[[nodiscard]] std::string to_string(const Span& span);
[[nodiscard]] std::string to_string(Duration duration);

}  // namespace mercaptan::config
