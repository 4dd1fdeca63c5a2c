#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mercaptan::gateway {

/// RFC 4648, with padding.
[[nodiscard]] std::string to_base64(std::string_view bytes);
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);
/// Pairs of hexadecimal digits, either case.
[[nodiscard]] std::optional<std::string> from_hex(std::string_view text);

}  // namespace mercaptan::gateway
