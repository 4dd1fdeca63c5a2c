#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mercaptan::config {

/// How our readers write values and hints into their errors, and read bare numbers.

/// The text in quotes, cut to a sane length, with control characters and bad UTF-8 made visible.
[[nodiscard]] std::string quote(std::string_view text);

/// `expected x, got "y"`
[[nodiscard]] std::string expected_got(std::string_view expected, std::string_view got);

/// ` (did you mean "x"?)` if one of the names is close, else empty.
[[nodiscard]] std::string did_you_mean(std::string_view got,
                                       std::span<const std::string_view> names);

/// `a, b or c`
[[nodiscard]] std::string listed(std::span<const std::string_view> names);

/// Decimal digits with an optional `-`; no `+`, no leading zeros, no fraction, within 64 bits.
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);

/// A finite number as JSON writes it.
[[nodiscard]] std::optional<double> parse_number(std::string_view text);

/// The shortest text of a number.
[[nodiscard]] std::string number_text(double number);

/// The line, from 1, of the first byte that is not UTF-8 or is a control character other than tab
/// and line ends; 0 if there is none.
[[nodiscard]] std::size_t first_bad_line(std::string_view text);

}  // namespace mercaptan::config
