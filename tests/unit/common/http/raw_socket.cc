#include "tests/unit/common/http/raw_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "common/domain/check.h"

namespace mercaptan::http {

RawSocket::RawSocket(std::uint16_t port, int receive_buffer_bytes)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    MERCAPTAN_CHECK(fd_ >= 0);
    if (receive_buffer_bytes > 0) {
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes,
                     sizeof receive_buffer_bytes);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr generic{};
    static_assert(sizeof generic == sizeof address);
    std::memcpy(&generic, &address, sizeof generic);
    MERCAPTAN_CHECK(::connect(fd_, &generic, sizeof generic) == 0);
}

RawSocket::~RawSocket() {
    if (fd_ >= 0) ::close(fd_);
}

bool RawSocket::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

void RawSocket::shutdown_send() {
    ::shutdown(fd_, SHUT_WR);
}

void RawSocket::reset() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(fd_);
    fd_ = -1;
}

bool RawSocket::read_more(std::chrono::steady_clock::time_point until) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    pollfd readable{.fd = fd_, .events = POLLIN, .revents = 0};
    const auto wait = static_cast<int>(std::max<std::int64_t>(0, left.count()));
    if (closed_ || ::poll(&readable, 1, wait) <= 0) return false;
    std::array<char, 4096> bytes{};
    const auto size = ::recv(fd_, bytes.data(), bytes.size(), 0);
    if (size > 0) buffer_.append(bytes.data(), static_cast<std::size_t>(size));
    closed_ = size <= 0;
    return !closed_;
}

std::string RawSocket::read_until(std::string_view end) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{5};
    while (buffer_.find(end) == std::string::npos && read_more(until)) {
    }
    const auto at = buffer_.find(end);
    const auto size = at == std::string::npos ? buffer_.size() : at + end.size();
    std::string taken = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return taken;
}

std::string RawSocket::read_all(std::chrono::milliseconds within) {
    const auto until = std::chrono::steady_clock::now() + within;
    while (read_more(until)) {
    }
    if (!closed_) buffer_ += "(still open)";
    return std::exchange(buffer_, {});
}

std::string RawSocket::read_response() {
    constexpr std::string_view kLength = "content-length: ";
    auto response = read_until("\r\n\r\n");
    const auto length = response.find(kLength);
    if (length == std::string::npos) return response;
    const auto size = std::stoul(response.substr(length + kLength.size()));
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{5};
    while (buffer_.size() < size && read_more(until)) {
    }
    response += buffer_.substr(0, size);
    buffer_.erase(0, size);
    return response;
}

}  // namespace mercaptan::http
