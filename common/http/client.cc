#include "common/http/client.h"

#include <algorithm>
#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <cctype>
#include <cstdint>
#include <optional>
#include <utility>

#include "common/http/endpoint.h"
#include "common/http/sse.h"

namespace mercaptan::http {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace beast_http = boost::beast::http;
using SystemError = boost::system::error_code;
using Parser = beast_http::response_parser<beast_http::string_body>;
using Headers = std::map<std::string, std::string>;

constexpr std::uint64_t kBodyMaxBytes = 268'435'456;
constexpr std::uint32_t kHeaderMaxBytes = 65'536;
constexpr Duration kSilenceMax{30'000};  // Three heartbeats of our server.

struct Base {
    Endpoint endpoint;
    std::string authority;
    std::string prefix;  // Without a slash at its end.
};

Result<Base> parse_base(std::string_view url) {
    constexpr std::string_view kScheme = "http://";
    if (!url.starts_with(kScheme)) {
        return fail(ErrorCode::invalid_input,
                    "expected http://host:port, got \"" + std::string{url} + "\"");
    }
    url.remove_prefix(kScheme.size());
    const auto slash = std::min(url.find('/'), url.size());
    const auto authority = url.substr(0, slash);
    auto endpoint = parse_endpoint(authority);
    if (!endpoint) return Failure{endpoint.error()};
    auto prefix = url.substr(slash);
    while (prefix.ends_with('/')) prefix.remove_suffix(1);
    return Base{.endpoint = std::move(*endpoint),
                .authority = std::string{authority},
                .prefix = std::string{prefix}};
}

bool has_control(std::string_view text, bool space_too) {
    return std::ranges::any_of(
        text, [&](unsigned char c) { return c < 0x20 || c == 0x7F || (space_too && c == ' '); });
}

// One exchange over one connection. The io_context runs one operation at a time, only within
// `finish`, so everything here is sequential.
class Exchange {
public:
    Exchange(const Base& base, Duration timeout) : base_(base), timeout_(timeout), stream_(io_) {
        parser_.header_limit(kHeaderMaxBytes);
        parser_.body_limit(kBodyMaxBytes);
        stream_.expires_after(timeout_);
    }

    Result<void> send(std::string_view method, std::string_view target, std::string body,
                      const Headers& headers);
    Result<void> read_header();
    Result<void> read_rest();
    Result<void> read_some();
    void expect_silence_up_to(Duration silence) {
        timeout_ = silence;
        stream_.expires_after(timeout_);
    }
    Parser& parser() { return parser_; }

private:
    Result<void> connect();
    Result<void> finish();
    Error error_of(SystemError ec) const;
    auto keep() {
        return [this](SystemError ec, auto&&...) { result_ = ec; };
    }

    const Base& base_;
    Duration timeout_;
    asio::io_context io_{1};
    beast::tcp_stream stream_;
    beast::flat_buffer buffer_;
    Parser parser_;
    SystemError result_;
};

Error Exchange::error_of(SystemError ec) const {
    if (ec == beast_http::error::body_limit) {
        return {.code = ErrorCode::limit_reached, .message = "the answer is larger than 256 MiB"};
    }
    std::string why = ec.message();
    if (ec == beast::error::timeout) {
        why = "nothing came within " + std::to_string(timeout_.count()) + " ms";
    } else if (ec == beast_http::error::end_of_stream || ec == beast_http::error::partial_message) {
        why = "the server closed the connection";
    }
    return {.code = ErrorCode::unavailable, .message = base_.authority + ": " + why};
}

// Runs the operation that was just started to its end.
Result<void> Exchange::finish() {
    io_.restart();
    io_.run();
    if (result_) return Failure{error_of(result_)};
    return {};
}

Result<void> Exchange::connect() {
    SystemError ec;
    asio::ip::tcp::resolver resolver{io_};
    const auto found =
        resolver.resolve(base_.endpoint.host, std::to_string(base_.endpoint.port), ec);
    if (ec) return Failure{error_of(ec)};
    stream_.async_connect(found, keep());
    return finish();
}

Result<void> Exchange::send(std::string_view method, std::string_view target, std::string body,
                            const Headers& headers) {
    if (auto connected = connect(); !connected) return connected;
    beast_http::request<beast_http::string_body> request;
    request.version(11);
    request.method_string({method.data(), method.size()});
    request.target(base_.prefix + std::string{target});
    request.set(beast_http::field::host, base_.authority);
    request.set(beast_http::field::connection, "close");
    request.set(beast_http::field::user_agent, "mercaptan");
    if (!body.empty()) request.set(beast_http::field::content_type, "application/json");
    for (const auto& [name, value] : headers) request.set(name, value);
    request.body() = std::move(body);
    request.prepare_payload();
    if (method == "HEAD") parser_.skip(true);
    beast_http::async_write(stream_, request, keep());
    // A server that refuses the body early has answered already, so a failed write is no verdict.
    static_cast<void>(finish());
    return {};
}

Result<void> Exchange::read_header() {
    beast_http::async_read_header(stream_, buffer_, parser_, keep());
    return finish();
}

Result<void> Exchange::read_rest() {
    if (parser_.is_done()) return {};
    beast_http::async_read(stream_, buffer_, parser_, keep());
    return finish();
}

Result<void> Exchange::read_some() {
    stream_.expires_after(timeout_);
    beast_http::async_read_some(stream_, buffer_, parser_, keep());
    return finish();
}

ClientResponse to_response(Parser& parser) {
    ClientResponse response;
    response.status = static_cast<int>(parser.get().result_int());
    for (const auto& field : parser.get()) {
        std::string name{field.name_string().data(), field.name_string().size()};
        std::ranges::transform(name, name.begin(),
                               [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        const std::string_view value{field.value().data(), field.value().size()};
        const auto [at, added] = response.headers.emplace(std::move(name), value);
        if (!added) at->second.append(", ").append(value);
    }
    response.body = std::move(parser.get().body());
    return response;
}

Result<void> check(std::string_view method, std::string_view target, const Headers& headers) {
    if (!target.starts_with('/') || has_control(target, /*space_too=*/true)) {
        return fail(ErrorCode::invalid_input, "a target is an encoded path such as /healthz");
    }
    if (method.empty() || has_control(method, /*space_too=*/true)) {
        return fail(ErrorCode::invalid_input, "a method is a word such as GET");
    }
    for (const auto& [name, value] : headers) {
        if (name.empty() || has_control(name, /*space_too=*/true) ||
            name.find(':') != std::string::npos || has_control(value, /*space_too=*/false)) {
            return fail(ErrorCode::invalid_input, "a header can't hold control characters");
        }
    }
    return {};
}

Failure refusal(int status, std::string body) {
    const auto code = status == 404                    ? ErrorCode::not_found
                      : status == 401 || status == 403 ? ErrorCode::forbidden
                      : status >= 400 && status < 500  ? ErrorCode::invalid_input
                                                       : ErrorCode::unavailable;
    if (body.empty()) body = "status " + std::to_string(status);
    return fail(code, std::move(body));
}

Result<void> read_events(Exchange& exchange, const Client::OnEvent& on_event) {
    EventParser events;
    auto& parser = exchange.parser();
    while (!parser.is_done()) {
        if (auto read = exchange.read_some(); !read) return read;
        auto& bytes = parser.get().body();
        const auto state = events.feed(bytes, on_event);
        bytes.clear();
        if (state == EventParser::State::stopped) return {};
        if (state == EventParser::State::too_large) {
            return fail(ErrorCode::limit_reached, "an event is larger than 16 MiB");
        }
    }
    return fail(ErrorCode::unavailable, "the stream ended");
}

}  // namespace

Client::Client(std::string base_url, Duration timeout)
    : base_url_(std::move(base_url)), timeout_(timeout) {}

Result<ClientResponse> Client::request(std::string_view method, std::string_view target,
                                       std::string body, const Headers& headers) const {
    const auto base = parse_base(base_url_);
    if (!base) return Failure{base.error()};
    if (auto checked = check(method, target, headers); !checked) return Failure{checked.error()};
    Exchange exchange{*base, timeout_};
    if (auto sent = exchange.send(method, target, std::move(body), headers); !sent) {
        return Failure{sent.error()};
    }
    if (auto read = exchange.read_header(); !read) return Failure{read.error()};
    if (auto read = exchange.read_rest(); !read) return Failure{read.error()};
    return to_response(exchange.parser());
}

Result<void> Client::events(std::string_view target, const Headers& headers,
                            const OnEvent& on_event) const {
    const auto base = parse_base(base_url_);
    if (!base) return Failure{base.error()};
    if (auto checked = check("GET", target, headers); !checked) return checked;
    Exchange exchange{*base, timeout_};
    auto with_accept = headers;
    with_accept.emplace("accept", "text/event-stream");
    if (auto sent = exchange.send("GET", target, {}, with_accept); !sent) return sent;
    if (auto read = exchange.read_header(); !read) return read;
    const auto type = exchange.parser().get()[beast_http::field::content_type];
    if (exchange.parser().get().result_int() != 200) {
        if (auto read = exchange.read_rest(); !read) return read;
        auto refused = to_response(exchange.parser());
        return refusal(refused.status, std::move(refused.body));
    }
    if (!type.starts_with("text/event-stream")) {
        return fail(ErrorCode::invalid_input, std::string{target} + " is not a stream of events");
    }
    exchange.parser().body_limit(boost::none);
    exchange.expect_silence_up_to(std::max(timeout_, kSilenceMax));
    return read_events(exchange, on_event);
}

std::string percent_encode(std::string_view text) {
    constexpr std::string_view kUnreserved = "-._~";
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = byte < 0x80 && (std::isalnum(byte) != 0 ||
                                           kUnreserved.find(c) != std::string_view::npos);
        if (plain) {
            encoded += c;
        } else {
            encoded += '%';
            encoded += kHex[byte >> 4U];
            encoded += kHex[byte & 0xFU];
        }
    }
    return encoded;
}

}  // namespace mercaptan::http
