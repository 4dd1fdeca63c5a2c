#include "common/http/request.h"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/beast/http/error.hpp>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>

namespace mercaptan::http {

namespace {

namespace beast_http = boost::beast::http;

std::string to_lower(std::string_view name) {
    std::string lower{name};
    std::ranges::transform(lower, lower.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return lower;
}

}  // namespace

std::optional<Response> read_problem(boost::system::error_code ec, bool expired,
                                     const BeastRequest& so_far) {
    if (ec == boost::asio::error::operation_aborted && expired) {
        return problem(408, reason_of(408), "the request did not arrive in time");
    }
    if (ec == beast_http::error::end_of_stream) return std::nullopt;
    if (ec == beast_http::error::body_limit) {
        return problem(413, reason_of(413), "the body is larger than this server takes");
    }
    if (ec == beast_http::error::header_limit || ec == beast_http::error::buffer_overflow) {
        // The target is known once the request line was complete.
        if (so_far.target().empty()) {
            return problem(414, reason_of(414), "the request target is too long");
        }
        return problem(431, reason_of(431), "the headers are larger than this server takes");
    }
    const boost::system::error_code malformed{beast_http::error::bad_method};
    if (ec.category() == malformed.category()) {
        return problem(400, reason_of(400), "not an HTTP/1.1 request: " + ec.message());
    }
    return std::nullopt;
}

std::optional<Response> header_problem(const BeastRequest& header, bool chunked) {
    if (header.count(beast_http::field::transfer_encoding) != 0 && !chunked) {
        return problem(501, reason_of(501), "chunked is the only transfer-encoding taken");
    }
    const auto hosts = header.count(beast_http::field::host);
    if (hosts > 1 || (hosts == 0 && header.version() >= 11)) {
        return problem(400, reason_of(400), "a request has one host header", "host");
    }
    return std::nullopt;
}

Request to_request(BeastRequest&& message) {
    Request request;
    request.method = std::string{message.method_string()};
    for (const auto& field : message) {
        const std::string_view value{field.value().data(), field.value().size()};
        const std::string_view name{field.name_string().data(), field.name_string().size()};
        const auto [at, added] = request.headers.emplace(to_lower(name), value);
        if (!added) at->second.append(", ").append(value);
    }
    request.body = std::move(message.body());
    return request;
}

}  // namespace mercaptan::http
