#include "common/http/server.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "common/domain/check.h"
#include "common/http/connection.h"
#include "common/http/core.h"
#include "common/http/endpoint.h"

namespace mercaptan::http {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// Out of file descriptors, most likely: give connections time to end.
constexpr Duration kAcceptRetry{100};

// Beyond connections_max, so many clients at a time still get their 503; the rest are just closed.
constexpr std::size_t kRefusedOpenMax = 64;

Result<tcp::endpoint> resolve(const std::string& listen) {
    const auto parsed = parse_endpoint(listen);
    if (!parsed)
        return fail(parsed.error().code, "http.listen: " + parsed.error().message, "http.listen");
    boost::system::error_code ec;
    const auto address =
        asio::ip::make_address(parsed->host == "localhost" ? "127.0.0.1" : parsed->host, ec);
    if (ec) {
        return fail(
            ErrorCode::invalid_input,
            "http.listen: expected an IP address or localhost, got \"" + parsed->host + "\"",
            "http.listen");
    }
    return tcp::endpoint{address, parsed->port};
}

}  // namespace

class Server::Impl {
public:
    explicit Impl(Options options)
        : core_(std::make_shared<Core>(std::move(options))),
          acceptor_(core_->io),
          timer_(core_->io) {}

    Result<void> start();
    void stop();

    Core& core() { return *core_; }
    bool started() const { return started_; }
    std::uint16_t port() const { return port_; }

private:
    Result<void> listen(const tcp::endpoint& endpoint);
    void accept();
    void on_accept(boost::system::error_code ec, tcp::socket socket);
    void begin_stop();
    std::vector<std::shared_ptr<Connection>> connections() const;

    const std::shared_ptr<Core> core_;
    tcp::acceptor acceptor_;
    asio::steady_timer timer_;  // Retries accept; once stopping, ends the grace.
    std::thread thread_;
    bool started_ = false;
    std::uint16_t port_ = 0;
};

Result<void> Server::Impl::start() {
    MERCAPTAN_CHECK(!started_);
    const auto endpoint = resolve(core_->options.listen);
    if (!endpoint) return Failure{endpoint.error()};
    if (auto listening = listen(*endpoint); !listening) return listening;
    started_ = true;
    accept();
    thread_ = std::thread{[core = core_] { core->io.run(); }};
    return {};
}

Result<void> Server::Impl::listen(const tcp::endpoint& endpoint) {
    boost::system::error_code ec;
    acceptor_.open(endpoint.protocol(), ec);
    if (!ec) acceptor_.set_option(tcp::acceptor::reuse_address{true}, ec);
    if (!ec) acceptor_.bind(endpoint, ec);
    if (!ec) acceptor_.listen(tcp::acceptor::max_listen_connections, ec);
    if (!ec) port_ = acceptor_.local_endpoint(ec).port();
    if (!ec) return {};
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    const auto& address = core_->options.listen;
    if (ec == asio::error::address_in_use) {
        return fail(ErrorCode::unavailable, address + " is in use; set http.listen to another port",
                    "http.listen");
    }
    return fail(ErrorCode::io, "can't listen on " + address + ": " + ec.message(), "http.listen");
}

void Server::Impl::accept() {
    acceptor_.async_accept([this](boost::system::error_code ec, tcp::socket socket) {
        on_accept(ec, std::move(socket));
    });
}

void Server::Impl::on_accept(boost::system::error_code ec, tcp::socket socket) {
    if (core_->stopping) return;
    if (ec) {
        timer_.expires_after(kAcceptRetry);
        timer_.async_wait([this](boost::system::error_code cancelled) {
            if (!cancelled && !core_->stopping) accept();
        });
        return;
    }
    const auto serving = core_->connections.size() - core_->refused_open;
    if (serving < core_->options.connections_max) {
        core_->connections_accepted++;
        std::make_shared<Connection>(core_, std::move(socket))->start();
    } else {
        core_->connections_refused++;
        if (core_->refused_open < kRefusedOpenMax) {
            std::make_shared<Connection>(core_, std::move(socket))->refuse();
        }
    }
    accept();
}

void Server::Impl::stop() {
    if (!thread_.joinable()) return;
    MERCAPTAN_CHECK(thread_.get_id() != std::this_thread::get_id());
    asio::post(core_->io, [this] { begin_stop(); });
    thread_.join();
    // Handlers may hold what holds a Respond, which holds the core: end that circle.
    core_->router = {};
}

// With the acceptor, the timer and all connections closed the io_context runs out of work, which
// ends the thread.
void Server::Impl::begin_stop() {
    core_->stopping = true;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    timer_.cancel();
    for (const auto& connection : connections()) connection->stop();
    if (core_->connections.empty()) return;
    core_->on_last_closed = [this] { timer_.cancel(); };
    timer_.expires_after(core_->options.stop_grace);
    timer_.async_wait([this](boost::system::error_code cancelled) {
        if (cancelled) return;
        for (const auto& connection : connections()) connection->close();
    });
}

// Held, as closing one takes it out of the set.
std::vector<std::shared_ptr<Connection>> Server::Impl::connections() const {
    std::vector<std::shared_ptr<Connection>> held;
    for (auto* connection : core_->connections) held.push_back(connection->shared_from_this());
    return held;
}

Server::Server(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}

Server::~Server() {
    stop();
}

void Server::route(std::string method, std::string_view pattern, Handler handler) {
    MERCAPTAN_CHECK(!impl_->started());
    impl_->core().router.add(std::move(method), pattern, std::move(handler));
}

void Server::stream(std::string_view pattern, StreamHandler handler) {
    MERCAPTAN_CHECK(!impl_->started());
    impl_->core().router.add("GET", pattern, std::move(handler));
}

Result<void> Server::start() {
    return impl_->start();
}

void Server::stop() {
    impl_->stop();
}

std::uint16_t Server::port() const {
    return impl_->port();
}

Stats Server::stats() const {
    const auto& core = impl_->core();
    Stats stats{.connections_accepted = core.connections_accepted,
                .connections_refused = core.connections_refused,
                .connections_open = core.connections_open,
                .streams_open = core.streams_open,
                .streams_refused = core.streams_refused,
                .streams_overflowed = core.streams_overflowed,
                .responses = {}};
    for (std::size_t i = 0; i < stats.responses.size(); ++i) stats.responses[i] = core.responses[i];
    return stats;
}

}  // namespace mercaptan::http
