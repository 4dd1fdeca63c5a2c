#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/error_code.hpp>
#include <optional>

#include "common/http/message.h"

namespace mercaptan::http {

using BeastRequest = boost::beast::http::request<boost::beast::http::string_body>;

/// Internal to the server, as it shows Beast.
///
/// The answer to a request that could not be read, whose connection must then close; nothing if
/// the client is gone and no answer is possible.
[[nodiscard]] std::optional<Response> read_problem(boost::system::error_code ec, bool expired,
                                                   const BeastRequest& so_far);

/// The answer to a header that reads well but leaves in doubt where the message ends or whom it
/// is for; its connection must then close.
[[nodiscard]] std::optional<Response> header_problem(const BeastRequest& header, bool chunked);

/// Method, headers and body; the rest comes from the target and the route.
[[nodiscard]] Request to_request(BeastRequest&& message);

}  // namespace mercaptan::http
