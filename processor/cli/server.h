#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/http/client.h"

namespace mercaptan::cli {

/// Why a command can't be done, in words that say what to do next. Caught in main alone.
class Failed : public std::runtime_error {
public:
    Failed(int exit_code, const std::string& message)
        : std::runtime_error{message}, exit_code_{exit_code} {}
    [[nodiscard]] int exit_code() const { return exit_code_; }

private:
    int exit_code_;
};

using Parameters = std::vector<std::pair<std::string, std::string>>;
using Headers = std::map<std::string, std::string>;

/// `path?name=value&…`, encoded; parameters with an empty value are left out.
[[nodiscard]] std::string with_parameters(std::string path, const Parameters& parameters);
/// `/api/v1/{folder}/{id}{rest}`, encoded.
[[nodiscard]] std::string path_of(std::string_view folder, std::string_view id,
                                  std::string_view rest = {});

/// The processor, over HTTP. Everything throws Failed.
class Server {
public:
    static constexpr std::chrono::seconds kTimeout{35};  // Beyond the server's own for an answer.

    explicit Server(std::string url) : url_{std::move(url)}, client_{url_, kTimeout} {}

    [[nodiscard]] boost::json::value get(const std::string& target) const;
    [[nodiscard]] boost::json::value post(const std::string& target,
                                          const boost::json::object& body,
                                          Headers headers = {}) const;

    /// A document that is not JSON, as it is.
    [[nodiscard]] std::string text(const std::string& target) const;

    /// The first `most` items of a list, over as many pages as that takes: `{"items",
    /// "next_cursor"}`.
    [[nodiscard]] boost::json::object list(const std::string& path, Parameters parameters,
                                           std::size_t most) const;

    /// Follows the event stream from behind `last_id` (empty: from now) until `on_event` returns
    /// false, and connects again whenever it breaks.
    void follow(std::string last_id, const http::Client::OnEvent& on_event) const;

    [[nodiscard]] const std::string& url() const { return url_; }

private:
    /// The answer, if it is a good one.
    [[nodiscard]] const http::ClientResponse& good(
        const Result<http::ClientResponse>& response) const;
    [[nodiscard]] boost::json::value take(const Result<http::ClientResponse>& response) const;

    std::string url_;
    http::Client client_;
};

}  // namespace mercaptan::cli
