#include "common/http/message.h"

#include <boost/beast/http/status.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <type_traits>

#include "common/domain/text.h"

namespace mercaptan::http {

namespace {

// A document must be UTF-8 whatever a client made us quote.
boost::json::string to_json(std::string_view text) {
    boost::json::string safe{text.data(), text.size()};
    if (!is_utf8(text)) {
        for (char& c : safe) {
            if (static_cast<unsigned char>(c) >= 0x80) c = '?';
        }
    }
    return safe;
}

boost::json::value to_json(const ProblemValue& value) {
    return std::visit(
        [](const auto& held) -> boost::json::value {
            using Held = std::decay_t<decltype(held)>;
            if constexpr (std::is_same_v<Held, std::string>) {
                return to_json(std::string_view{held});
            } else if constexpr (std::is_same_v<Held, std::vector<std::string>>) {
                boost::json::array items;
                for (const auto& item : held) items.emplace_back(to_json(std::string_view{item}));
                return items;
            } else {
                return held;
            }
        },
        value);
}

}  // namespace

Response json(int status, std::string body) {
    return {.status = status, .body = std::move(body)};
}

Response text(int status, std::string body) {
    return {.status = status, .content_type = "text/plain; charset=utf-8", .body = std::move(body)};
}

Response problem(int status, std::string_view title, std::string_view detail,
                 std::string_view field, const ProblemMembers& members) {
    boost::json::object document;
    document["type"] = "about:blank";
    document["title"] = to_json(title);
    document["status"] = status;
    document["detail"] = to_json(detail);
    if (!field.empty()) document["field"] = to_json(field);
    for (const auto& [name, value] : members) document[name] = to_json(value);
    return {.status = status,
            .content_type = "application/problem+json",
            .body = boost::json::serialize(document)};
}

Response problem(const Error& error, const ProblemMembers& members) {
    const int status = status_of(error.code);
    const std::string_view detail =
        status == 500 ? std::string_view{"the server could not do this"} : error.message;
    return problem(status, reason_of(status), detail, error.field, members);
}

std::string_view reason_of(int status) {
    namespace beast_http = boost::beast::http;
    const auto known = beast_http::int_to_status(static_cast<unsigned>(status));
    if (known == beast_http::status::unknown) return "Unknown";
    return beast_http::obsolete_reason(known);
}

int status_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::invalid_input:
            return 400;
        case ErrorCode::not_found:
            return 404;
        case ErrorCode::conflict:
            return 409;
        case ErrorCode::forbidden:
            return 403;
        case ErrorCode::precondition_failed:
            return 412;
        case ErrorCode::limit_reached:
            return 429;
        case ErrorCode::unavailable:
            return 503;
        case ErrorCode::io:
        case ErrorCode::corrupt:
            return 500;
    }
    return 500;
}

}  // namespace mercaptan::http
