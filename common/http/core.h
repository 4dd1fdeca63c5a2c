#pragma once

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <unordered_set>
#include <utility>

#include "common/http/router.h"
#include "common/http/server.h"

namespace mercaptan::http {

class Connection;

/// What the connections of one server share. Internal, as it shows Asio. It lives as long as the
/// last Respond or EventStream, so that these may be used after the server is gone; but for `io`
/// (post only) and the counters everything belongs to the server's thread.
struct Core {
    explicit Core(Options given) : options(std::move(given)) {}

    const Options options;
    Router router;  // Complete before the thread starts.
    boost::asio::io_context io{/*concurrency_hint=*/1};

    std::unordered_set<Connection*> connections;  // Each takes itself out when it closes.
    std::size_t refused_open = 0;                 // Of these, the ones that only get a 503.
    bool stopping = false;
    std::function<void()> on_last_closed = [] {};

    std::atomic<std::uint64_t> connections_accepted{0};
    std::atomic<std::uint64_t> connections_refused{0};
    std::atomic<std::uint64_t> connections_open{0};
    std::atomic<std::uint64_t> streams_open{0};
    std::atomic<std::uint64_t> streams_refused{0};
    std::atomic<std::uint64_t> streams_overflowed{0};
    std::array<std::atomic<std::uint64_t>, 5> responses{};
};

}  // namespace mercaptan::http
