#include "common/mqtt/endpoint.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace mercaptan::mqtt {
namespace {

constexpr auto kPollInterval = std::chrono::milliseconds{20};

struct Scheme {
    std::string_view prefix;
    bool tls;
};

constexpr std::array kSchemes{Scheme{"tcp://", false}, Scheme{"mqtt://", false},
                              Scheme{"ssl://", true}, Scheme{"mqtts://", true}};

bool is_port(std::string_view text) {
    const bool digits =
        !text.empty() && text.size() <= 5 &&
        std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!digits) {
        return false;
    }
    const int port = std::stoi(std::string{text});
    return port >= 1 && port <= 65535;
}

// What getaddrinfo says, as numbers; empty if it says nothing. This machine's own name needs no
// resolver (RFC 6761, 6.3): a minimal system has none that knows it.
std::vector<std::string> look_up(const std::string& host, const std::string& port) {
    if (host == "localhost") return {"127.0.0.1", "::1"};
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) {
        return {};
    }
    std::vector<std::pair<bool, std::string>> addresses;
    for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
        std::array<char, NI_MAXHOST> text{};
        if (getnameinfo(at->ai_addr, at->ai_addrlen, text.data(), text.size(), nullptr, 0,
                        NI_NUMERICHOST) == 0) {
            addresses.emplace_back(at->ai_family != AF_INET, text.data());
        }
    }
    freeaddrinfo(found);
    std::stable_sort(addresses.begin(), addresses.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::string> result;
    for (auto& [is_v6, text] : addresses) {
        result.push_back(std::move(text));
    }
    return result;
}

}  // namespace

std::string Endpoint::uri(std::string_view address) const {
    const bool brackets = address.find(':') != std::string_view::npos;
    std::string result{tls ? "ssl://" : "tcp://"};
    result += brackets ? "[" : "";
    result += address;
    result += brackets ? "]:" : ":";
    return result + port;
}

Result<Endpoint> parse_uri(std::string_view uri) {
    const auto scheme = std::find_if(kSchemes.begin(), kSchemes.end(), [uri](const Scheme& each) {
        return uri.substr(0, each.prefix.size()) == each.prefix;
    });
    if (scheme == kSchemes.end()) {
        return fail(ErrorCode::invalid_input, "expected tcp://host:port or ssl://host:port", "uri");
    }
    const std::string_view rest = uri.substr(scheme->prefix.size());
    std::string_view host = rest.substr(0, rest.rfind(':'));
    std::string_view port = rest.substr(std::min(host.size() + 1, rest.size()));
    bool port_given = host.size() < rest.size();
    if (!rest.empty() && rest.front() == '[') {
        const std::size_t end = rest.find(']');
        if (end == std::string_view::npos || (end + 1 < rest.size() && rest[end + 1] != ':')) {
            return fail(ErrorCode::invalid_input, "expected [IPv6 address]:port", "uri");
        }
        host = rest.substr(1, end - 1);
        port_given = end + 1 < rest.size();
        port = port_given ? rest.substr(end + 2) : std::string_view{};
    } else if (host.find(':') != std::string_view::npos) {
        return fail(ErrorCode::invalid_input, "expected an IPv6 address in brackets", "uri");
    }
    if (host.empty() || host.find_first_of("/@ ") != std::string_view::npos) {
        return fail(ErrorCode::invalid_input, "expected a host name or address", "uri");
    }
    if (port_given && !is_port(port)) {
        return fail(ErrorCode::invalid_input, "expected a port of 1 to 65535", "uri");
    }
    const std::string_view default_port = scheme->tls ? "8883" : "1883";
    return Endpoint{scheme->tls, std::string{host}, std::string{port_given ? port : default_port}};
}

struct Resolver::Lookup {
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
    std::vector<std::string> addresses;
};

std::vector<std::string> Resolver::resolve(const Endpoint& endpoint,
                                           std::chrono::steady_clock::time_point deadline,
                                           const std::function<bool()>& cancelled) {
    if (!lookup_) {
        auto lookup = std::make_shared<Lookup>();
        try {
            std::thread{[lookup, host = endpoint.host, port = endpoint.port] {
                auto addresses = look_up(host, port);
                const std::lock_guard lock{lookup->mutex};
                lookup->addresses = std::move(addresses);
                lookup->done = true;
                lookup->changed.notify_all();
            }}.detach();
        } catch (const std::system_error&) {
            return {};  // No thread to be had now; the caller tries again later.
        }
        lookup_ = std::move(lookup);
    }
    std::unique_lock lock{lookup_->mutex};
    while (!lookup_->done) {
        if (cancelled() || std::chrono::steady_clock::now() >= deadline) {
            return {};
        }
        lookup_->changed.wait_for(lock, kPollInterval);
    }
    auto addresses = std::move(lookup_->addresses);
    lock.unlock();
    lookup_.reset();
    return addresses;
}

}  // namespace mercaptan::mqtt
