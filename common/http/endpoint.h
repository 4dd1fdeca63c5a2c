#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/domain/result.h"

namespace mercaptan::http {

struct Endpoint {
    std::string host;  // Without the brackets of an IPv6 address.
    std::uint16_t port = 0;
};

/// Reads `127.0.0.1:8080`, `[::1]:8080`, `name:8080`. Whether the host exists is not looked at.
/// Fails with invalid_input.
[[nodiscard]] Result<Endpoint> parse_endpoint(std::string_view text);

}  // namespace mercaptan::http
