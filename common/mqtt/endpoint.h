#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/result.h"

namespace mercaptan::mqtt {

/// Where a broker listens.
struct Endpoint {
    bool tls = false;
    std::string host;  // Without the brackets of an IPv6 address.
    std::string port;

    /// `tcp://host:port` or `ssl://host:port`, with `address` in place of the host.
    [[nodiscard]] std::string uri(std::string_view address) const;
};

/// Reads `tcp://host[:port]` (also `mqtt://`) or `ssl://host[:port]` (also `mqtts://`); the port is
/// 1883 or 8883 if not given. Fails with invalid_input.
[[nodiscard]] Result<Endpoint> parse_uri(std::string_view uri);

/// Looks host names up on a thread of its own.
///
/// The library looks them up itself, but while it holds the lock that every client of the process
/// needs: one dead name server would stop them all. So it is given only names that just resolved.
class Resolver {
public:
    /// Numeric addresses, IPv4 first. Gives up, empty, at `deadline` or once `cancelled` (asked
    /// every few milliseconds) is true; the lookup goes on, and the next call takes its result.
    [[nodiscard]] std::vector<std::string> resolve(const Endpoint& endpoint,
                                                   std::chrono::steady_clock::time_point deadline,
                                                   const std::function<bool()>& cancelled);

private:
    struct Lookup;
    std::shared_ptr<Lookup> lookup_;  // Shared with its thread, which may outlive us.
};

}  // namespace mercaptan::mqtt
