#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "common/domain/instant.h"
#include "common/domain/result.h"

namespace mercaptan::http {

struct ClientResponse {
    int status = 0;
    std::map<std::string, std::string> headers;  // Lower-case names; repeated ones joined by ", ".
    std::string body;
};

/// A blocking HTTP/1.1 client, one connection per call: for the command line tool and tests. Plain
/// HTTP only. Threads may share one.
class Client {
public:
    /// `base_url` is `http://host:port[/prefix]`; a malformed one fails every call with
    /// invalid_input. `timeout` bounds a whole request (looking up a host name excepted).
    Client(std::string base_url, Duration timeout);

    /// `target` is the encoded path and query after the prefix. Any status is a response; fails
    /// with unavailable when the server can't be reached, breaks off or is too slow, and with
    /// limit_reached when the body exceeds 256 MiB.
    [[nodiscard]] Result<ClientResponse> request(
        std::string_view method, std::string_view target, std::string body = {},
        const std::map<std::string, std::string>& headers = {}) const;

    /// Return false to end the stream. `id` is the last one seen.
    using OnEvent =
        std::function<bool(std::string_view id, std::string_view event, std::string_view data)>;

    /// Reads Server-Sent Events until `on_event` returns false (success) or the stream ends or is
    /// silent for 30 s or the timeout, whichever is longer (unavailable: connect again with
    /// Last-Event-ID). A refusal fails with not_found, forbidden or invalid_input as its status
    /// says, with its body as the message.
    [[nodiscard]] Result<void> events(std::string_view target,
                                      const std::map<std::string, std::string>& headers,
                                      const OnEvent& on_event) const;

private:
    std::string base_url_;
    Duration timeout_;
};

/// `text` as one path segment or one query key or value.
[[nodiscard]] std::string percent_encode(std::string_view text);

}  // namespace mercaptan::http
