#include "tests/unit/common/mqtt/fake_broker.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bit>
#include <utility>

#include "common/domain/check.h"

namespace mercaptan::mqtt {
namespace {

constexpr int kPollMs = 20;

}  // namespace

FakeBroker::FakeBroker(Script script) : script_{std::move(script)} {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    MERCAPTAN_CHECK(bind(listener_, std::bit_cast<sockaddr*>(&address), size) == 0);
    MERCAPTAN_CHECK(listen(listener_, 8) == 0);
    MERCAPTAN_CHECK(getsockname(listener_, std::bit_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread{[this] { serve(); }};
}

FakeBroker::~FakeBroker() {
    stopping_ = true;
    thread_.join();
    close(listener_);
}

bool FakeBroker::wait_readable(int fd) const {
    pollfd poll_fd{fd, POLLIN, 0};
    while (!stopping_) {
        if (poll(&poll_fd, 1, kPollMs) > 0) {
            return true;
        }
    }
    return false;
}

void FakeBroker::serve() {
    while (wait_readable(listener_)) {
        const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd >= 0) {
            serve_connection(fd);
            close(fd);
        }
    }
}

bool FakeBroker::read_exactly(int fd, std::string& into, std::size_t size) const {
    into.assign(size, '\0');
    std::size_t done = 0;
    while (done < size) {
        if (!wait_readable(fd)) {
            return false;
        }
        const ssize_t got = recv(fd, into.data() + done, size - done, 0);
        if (got <= 0) {
            return false;
        }
        done += static_cast<std::size_t>(got);
    }
    return true;
}

void FakeBroker::serve_connection(int fd) {
    std::string head;
    std::string rest;
    while (read_exactly(fd, head, 2)) {
        // Packets of clients in these tests are short: one byte of length.
        const auto length = static_cast<std::uint8_t>(head[1]);
        if (length > 127 || !read_exactly(fd, rest, length)) {
            return;
        }
        const Answer answer = script_(static_cast<std::uint8_t>(head[0]), rest);
        if (!answer.bytes.empty()) {
            (void)send(fd, answer.bytes.data(), answer.bytes.size(), MSG_NOSIGNAL);
        }
        if (answer.close) {
            return;
        }
    }
}

}  // namespace mercaptan::mqtt
