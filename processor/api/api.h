#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/http/server.h"
#include "processor/api/backend.h"
#include "processor/api/worker.h"

namespace mercaptan::processor::api {

/// A POST body is no larger, but for one that carries files: that of the server's limit.
inline constexpr std::size_t kBodyBytesMax = 64U << 10U;
inline constexpr std::size_t kFilesBytesMax = 1U << 20U;

struct RouteInfo {
    std::string method;
    std::string pattern;
    bool operator==(const RouteInfo&) const = default;
};

/// The processor's HTTP API (common shapes and limits: README.md), its event stream, its
/// description and the operators' console. Adds its routes to a server that has not started; the
/// server must be stopped before the Api goes, and the Api gone before the backend.
class Api {
public:
    Api(Backend& backend, http::Server& server);
    ~Api();
    Api(const Api&) = delete;
    Api& operator=(const Api&) = delete;

    /// Everything it serves, in the order of registration.
    [[nodiscard]] const std::vector<RouteInfo>& routes() const { return routes_; }

private:
    class Streams;

    using Answer = std::function<Result<http::Response>(const http::Request&)>;
    void get(const std::string& pattern, Answer answer);
    void post(const std::string& pattern, http::Handler handler);

    void add_service_routes();
    void add_ticket_routes();
    void add_alarm_routes();
    void add_policy_routes();
    void add_device_routes();
    void add_notice_routes();
    void add_figure_routes();
    void add_pages();
    /// Answers from the worker's thread: it reads much.
    void slowly(const http::Respond& respond, std::function<Result<http::Response>()> answer);

    Backend& backend_;
    http::Server& server_;
    std::shared_ptr<Streams> streams_;
    std::vector<RouteInfo> routes_;
    std::unique_ptr<Worker> worker_;  // Goes first: it uses all of the above.
};

}  // namespace mercaptan::processor::api
