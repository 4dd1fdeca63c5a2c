#include "common/mqtt/no_delay.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <charconv>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>

namespace mercaptan::mqtt {
namespace {

/// The port at the other end; 0 if the descriptor is no TCP connection.
std::uint16_t peer_port(int descriptor) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    if (getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return 0;
    if (peer.ss_family == AF_INET) {
        sockaddr_in address{};
        std::memcpy(&address, &peer, sizeof address);
        return ntohs(address.sin_port);
    }
    if (peer.ss_family == AF_INET6) {
        sockaddr_in6 address{};
        std::memcpy(&address, &peer, sizeof address);
        return ntohs(address.sin6_port);
    }
    return 0;
}

}  // namespace

void send_without_delay(std::string_view port) {
    std::uint16_t wanted = 0;
    std::from_chars(port.data(), port.data() + port.size(), wanted);
    if (wanted == 0) return;
    std::error_code error;
    for (std::filesystem::directory_iterator entry{"/proc/self/fd", error}, end;
         !error && entry != end; entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        int descriptor = -1;
        std::from_chars(name.data(), name.data() + name.size(), descriptor);
        if (descriptor < 0 || peer_port(descriptor) != wanted) continue;
        const int on = 1;
        // A connection that ended meanwhile needs nothing.
        (void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
}

}  // namespace mercaptan::mqtt
