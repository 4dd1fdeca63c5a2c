#include "common/http/connection.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <cctype>
#include <chrono>
#include <string_view>
#include <utility>

#include "common/http/request.h"
#include "common/http/target.h"
#include "common/http/wire.h"

namespace mercaptan::http {

namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;

// After the last answer of a connection the client's unread bytes are thrown away for this long:
// closing at once would reset the connection and could take the answer with it.
constexpr Duration kLinger{1'000};

// Read-ahead of a connection beyond one header: what it may buffer of bodies and next requests.
constexpr std::size_t kReadAheadBytes = 65'536;

void count(Core& core, int status) {
    core.responses.at(static_cast<std::size_t>(status / 100 - 1))++;
}

bool expects_continue(const BeastRequest& header) {
    constexpr std::string_view kContinue = "100-continue";
    const auto expect = header[beast_http::field::expect];
    return std::equal(expect.begin(), expect.end(), kContinue.begin(), kContinue.end(),
                      [](unsigned char a, unsigned char b) { return std::tolower(a) == b; });
}

// From here on each step starts the next from a completion, which the io_context runs on an empty
// stack; to clang-tidy that looks like recursion.
// NOLINTBEGIN(misc-no-recursion)

// What all copies of one Respond share.
class Answer {
public:
    Answer(std::shared_ptr<Core> core, std::weak_ptr<Connection> connection, std::uint64_t serial)
        : core_(std::move(core)), connection_(std::move(connection)), serial_(serial) {}
    Answer(const Answer&) = delete;
    Answer& operator=(const Answer&) = delete;

    ~Answer() {
        if (given_) return;
        give(problem(500, reason_of(500), "the request was dropped without an answer"));
    }

    void give(Response response) {
        if (given_.exchange(true)) return;
        asio::post(core_->io, [connection = std::move(connection_), serial = serial_,
                               response = std::move(response)]() mutable {
            if (const auto alive = connection.lock()) alive->answer(serial, std::move(response));
        });
    }

private:
    const std::shared_ptr<Core> core_;
    std::weak_ptr<Connection> connection_;
    const std::uint64_t serial_;
    std::atomic<bool> given_{false};
};

}  // namespace

Connection::Connection(std::shared_ptr<Core> core, asio::ip::tcp::socket socket)
    : core_(std::move(core)),
      socket_(std::move(socket)),
      deadline_(core_->io),
      buffer_(core_->options.header_max_bytes + kReadAheadBytes),
      heartbeat_(core_->io) {
    core_->connections.insert(this);
    core_->connections_open++;
    SystemError ignored;
    socket_.set_option(asio::ip::tcp::no_delay{true}, ignored);
}

Connection::~Connection() {
    close();
}

void Connection::start() {
    await_request();
}

void Connection::refuse() {
    refused_ = true;
    core_->refused_open++;
    respond_and_close(problem(503, reason_of(503), "too many connections; try again later"));
}

void Connection::stop() {
    switch (phase_) {
        case Phase::idle:
        case Phase::reading:
            close();
            break;
        case Phase::streaming:
            channel_->finish();
            break;
        case Phase::answering:
        case Phase::writing:
        case Phase::lingering:
        case Phase::closed:
            break;
    }
}

void Connection::close() {
    if (phase_ == Phase::closed) return;
    phase_ = Phase::closed;
    deadline_.cancel();
    heartbeat_.cancel();
    SystemError ignored;
    socket_.close(ignored);
    if (channel_) {
        channel_->abandon();
        core_->streams_open--;
    }
    core_->connections_open--;
    if (refused_) core_->refused_open--;
    core_->connections.erase(this);
    if (core_->connections.empty()) core_->on_last_closed();
}

void Connection::enter(Phase phase, Duration deadline) {
    phase_ = phase;
    arm(deadline);
}

void Connection::arm(Duration deadline) {
    expired_ = false;
    deadline_.expires_after(deadline);
    deadline_.async_wait([self = shared_from_this()](SystemError ec) {
        // A wait that was already due when the deadline was moved is not cancelled.
        const bool moved = self->deadline_.expiry() > std::chrono::steady_clock::now();
        if (!ec && !moved) self->on_deadline();
    });
}

void Connection::on_deadline() {
    SystemError ignored;
    switch (phase_) {
        case Phase::reading:
            expired_ = true;
            socket_.cancel(ignored);
            break;
        case Phase::answering:
            answer(serial_, problem(503, reason_of(503),
                                    "no answer in time; what was asked may still take effect"));
            break;
        case Phase::idle:
        case Phase::writing:
        case Phase::streaming:
        case Phase::lingering:
            close();
            break;
        case Phase::closed:
            break;
    }
}

void Connection::await_request() {
    if (core_->stopping) return close();
    if (buffer_.size() > 0) return read_header();
    enter(Phase::idle, core_->options.idle_timeout);
    socket_.async_read_some(buffer_.prepare(discarded_.size()),
                            [self = shared_from_this()](SystemError ec, std::size_t size) {
                                if (self->phase_ == Phase::closed) return;
                                if (ec) return self->close();
                                self->buffer_.commit(size);
                                self->read_header();
                            });
}

void Connection::read_header() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(core_->options.header_max_bytes));
    parser_->body_limit(core_->options.body_max_bytes);
    enter(Phase::reading, core_->options.header_timeout);
    beast_http::async_read_header(
        socket_, buffer_, *parser_,
        [self = shared_from_this()](SystemError ec, std::size_t) { self->on_header(ec); });
}

void Connection::on_header(SystemError ec) {
    if (phase_ == Phase::closed) return;
    if (ec) return on_read_failed(ec);
    if (auto refusal = header_problem(parser_->get(), parser_->chunked())) {
        return respond_and_close(std::move(*refusal));
    }
    if (parser_->is_done()) return on_request();
    arm(core_->options.body_timeout);
    if (expects_continue(parser_->get()) && buffer_.size() == 0) return send_continue();
    read_body();
}

void Connection::send_continue() {
    constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(socket_, asio::buffer(kContinue),
                      [self = shared_from_this()](SystemError ec, std::size_t) {
                          if (self->phase_ == Phase::closed) return;
                          if (ec) return self->close();
                          self->read_body();
                      });
}

void Connection::read_body() {
    beast_http::async_read(socket_, buffer_, *parser_,
                           [self = shared_from_this()](SystemError ec, std::size_t) {
                               if (self->phase_ == Phase::closed) return;
                               if (ec) return self->on_read_failed(ec);
                               self->on_request();
                           });
}

void Connection::on_read_failed(SystemError ec) {
    auto refusal = read_problem(ec, expired_, parser_->get());
    if (!refusal) return close();
    respond_and_close(std::move(*refusal));
}

void Connection::on_request() {
    keep_alive_ = parser_->keep_alive();
    auto message = parser_->release();
    parser_.reset();
    head_only_ = message.method() == beast_http::verb::head;
    enter(Phase::answering, core_->options.answer_timeout);
    ++serial_;

    const auto raw_target = message.target();
    auto target = parse_target({raw_target.data(), raw_target.size()});
    if (!target) return answer(serial_, problem(target.error()));
    auto request = to_request(std::move(message));
    request.path = std::move(target->path);
    request.query = std::move(target->query);
    auto match = core_->router.find(request.method, target->segments);
    if (match.target == nullptr && match.allow.empty()) {
        return answer(serial_, problem(404, reason_of(404), "nothing is at " + request.path));
    }
    if (match.target == nullptr) {
        auto refusal = problem(405, reason_of(405), "this path answers to " + match.allow);
        refusal.headers.emplace_back("allow", match.allow);
        return answer(serial_, std::move(refusal));
    }
    request.params = std::move(match.params);
    std::visit([&](const auto& handler) { call(handler, request); }, *match.target);
}

void Connection::call(const Handler& handler, const Request& request) {
    const auto pending = std::make_shared<Answer>(core_, weak_from_this(), serial_);
    try {
        handler(request, [pending](Response response) { pending->give(std::move(response)); });
    } catch (...) {
        pending->give(problem(500, reason_of(500), "the server could not do this"));
    }
}

void Connection::answer(std::uint64_t serial, Response response) {
    if (phase_ != Phase::answering || serial != serial_) return;
    if (!is_sendable(response)) {
        response = problem(500, reason_of(500), "the server made an answer that can't be sent");
    }
    write(std::move(response));
}

// For what is answered before the request was read to its end.
void Connection::respond_and_close(Response response) {
    keep_alive_ = false;
    head_only_ = false;
    write(std::move(response));
}

void Connection::write(Response response) {
    if (core_->stopping) keep_alive_ = false;
    count(*core_, response.status);
    head_ = response_head(response, keep_alive_, std::chrono::system_clock::now());
    body_ = std::move(response.body);
    if (head_only_ || !has_body(response.status)) body_.clear();
    enter(Phase::writing, core_->options.write_timeout);
    const std::array<asio::const_buffer, 2> parts{asio::buffer(head_), asio::buffer(body_)};
    asio::async_write(socket_, parts, [self = shared_from_this()](SystemError ec, std::size_t) {
        if (self->phase_ == Phase::closed) return;
        if (ec) return self->close();
        self->on_written();
    });
}

void Connection::on_written() {
    body_ = {};
    if (keep_alive_ && !core_->stopping) return await_request();
    linger();
}

void Connection::linger() {
    SystemError ec;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ec);
    if (ec) return close();
    enter(Phase::lingering, kLinger);
    discard();
}

void Connection::discard() {
    socket_.async_read_some(asio::buffer(discarded_),
                            [self = shared_from_this()](SystemError ec, std::size_t) {
                                if (self->phase_ == Phase::closed) return;
                                if (ec) return self->close();
                                self->discard();
                            });
}

// NOLINTEND(misc-no-recursion)

}  // namespace mercaptan::http
