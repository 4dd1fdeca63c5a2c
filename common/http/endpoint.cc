#include "common/http/endpoint.h"

#include <charconv>

namespace mercaptan::http {

namespace {

Failure malformed(std::string_view text) {
    return fail(ErrorCode::invalid_input,
                "expected host:port such as 127.0.0.1:8080 or [::1]:8080, got \"" +
                    std::string{text} + "\"");
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return malformed(text);
    auto host = text.substr(0, colon);
    const auto digits = text.substr(colon + 1);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    } else if (host.find_first_of("[]:") != std::string_view::npos) {
        return malformed(text);
    }
    Endpoint endpoint{.host = std::string{host}, .port = 0};
    const auto* end = digits.data() + digits.size();
    const auto [at, error] = std::from_chars(digits.data(), end, endpoint.port);
    if (error != std::errc{} || at != end || host.empty()) return malformed(text);
    return endpoint;
}

}  // namespace mercaptan::http
