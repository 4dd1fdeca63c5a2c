#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "common/http/core.h"
#include "common/http/stream_channel.h"

namespace mercaptan::http {

/// One client's connection: reads a request, has it answered, reads the next. What a client sends
/// ahead waits in the buffer, so answers leave in order. Internal, as it shows Asio; lives on the
/// server's thread, kept alive by its own pending operations.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(std::shared_ptr<Core> core, boost::asio::ip::tcp::socket socket);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void start();

    /// Answers 503 without reading a request.
    void refuse();

    /// Closes as soon as no answer is running.
    void stop();

    void close();

    /// Answers the request with this serial number, unless it is no longer waiting.
    void answer(std::uint64_t serial, Response response);

    /// The stream's channel has something new.
    void on_stream_wake();

private:
    using SystemError = boost::system::error_code;
    using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
    enum class Phase { idle, reading, answering, writing, streaming, lingering, closed };

    void enter(Phase phase, Duration deadline);
    void arm(Duration deadline);
    void on_deadline();

    void await_request();
    void read_header();
    void on_header(SystemError ec);
    void send_continue();
    void read_body();
    void on_read_failed(SystemError ec);
    void on_request();
    void call(const Handler& handler, const Request& request);
    void call(const StreamHandler& handler, const Request& request);

    void respond_and_close(Response response);
    void write(Response response);
    void on_written();
    void linger();
    void discard();

    void start_stream(std::shared_ptr<StreamChannel> channel);
    void watch_stream();
    void beat();
    void write_stream();
    void write_stream_bytes();

    const std::shared_ptr<Core> core_;
    boost::asio::ip::tcp::socket socket_;
    boost::asio::steady_timer deadline_;
    boost::beast::flat_buffer buffer_;
    std::optional<Parser> parser_;
    Phase phase_ = Phase::idle;
    bool expired_ = false;  // The deadline cancelled a read.
    bool refused_ = false;
    bool keep_alive_ = false;
    bool head_only_ = false;
    std::uint64_t serial_ = 0;  // Of the request that is being answered.
    std::string head_;
    std::string body_;
    std::array<char, 4096> discarded_{};

    std::shared_ptr<StreamChannel> channel_;
    boost::asio::steady_timer heartbeat_;
    bool stream_writing_ = false;
};

}  // namespace mercaptan::http
