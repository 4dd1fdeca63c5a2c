#pragma once

#include <chrono>
#include <string>

#include "common/http/message.h"

namespace mercaptan::http {

/// What may stand on the wire: a final status, header names that are tokens, values without
/// control characters. Internal to the server, as all of this file.
[[nodiscard]] bool is_sendable(const Response& response);

/// 204 and 304 have neither a body nor a content-length.
[[nodiscard]] bool has_body(int status);

/// Status line and headers up to the empty line. `now` becomes the date header.
[[nodiscard]] std::string response_head(const Response& response, bool keep_alive,
                                        std::chrono::system_clock::time_point now);

/// The same for a stream of events: no content-length, the end of the connection ends it.
[[nodiscard]] std::string stream_head(std::chrono::system_clock::time_point now);

}  // namespace mercaptan::http
