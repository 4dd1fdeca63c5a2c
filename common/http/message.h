#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "common/domain/result.h"

namespace mercaptan::http {

/// What a client asked. Query and params are valid UTF-8; headers and body are as they came.
struct Request {
    std::string method;                          // As sent: `GET`, `HEAD`, `POST` ...
    std::string path;                            // As sent, not decoded, without the query.
    std::map<std::string, std::string> query;    // Decoded; a key stands at most once.
    std::map<std::string, std::string> headers;  // Lower-case names; repeated ones joined by ", ".
    std::map<std::string, std::string> params;   // The `{name}`s of the route's pattern, decoded.
    std::string body;
};

/// What is sent back. The server adds content-length, connection, date and
/// x-content-type-options; those given here are ignored. 204 and 304 are sent without a body.
struct Response {
    int status = 200;  // 200..599; anything else is answered as 500.
    std::string content_type = "application/json";
    std::vector<std::pair<std::string, std::string>> headers{};  // E.g. etag, cache-control.
    std::string body{};
};

/// `body` is a JSON document.
[[nodiscard]] Response json(int status, std::string body);

/// `body` is UTF-8 text.
[[nodiscard]] Response text(int status, std::string body);

/// The value of an additional member of a problem document.
using ProblemValue = std::variant<std::string, std::int64_t, bool, std::vector<std::string>>;
using ProblemMembers = std::vector<std::pair<std::string, ProblemValue>>;

/// An RFC 9457 problem document with `type` "about:blank", `title`, `status`, `detail`, `field`
/// (left out when empty) and the given members. Bytes that are not UTF-8 become '?'.
[[nodiscard]] Response problem(int status, std::string_view title, std::string_view detail,
                               std::string_view field = {}, const ProblemMembers& members = {});

/// The same for an error value: the status and title follow from its code, detail and field from
/// the error. Details of `io` and `corrupt` are not shown to the client.
[[nodiscard]] Response problem(const Error& error, const ProblemMembers& members = {});

/// The HTTP status that stands for an error code.
[[nodiscard]] int status_of(ErrorCode code);

/// The standard phrase for a status, e.g. "Not Found"; "Unknown" for an unassigned number.
[[nodiscard]] std::string_view reason_of(int status);

/// Answers one request. Call it once, from any thread, now or later; later calls are ignored.
/// When every copy is gone without a call the client gets a 500.
using Respond = std::function<void(Response)>;

/// Runs on the server's one thread and must not block: hand work over and keep the Respond. The
/// request lives for the call only. An exception is answered as 500.
using Handler = std::function<void(const Request&, Respond)>;

}  // namespace mercaptan::http
