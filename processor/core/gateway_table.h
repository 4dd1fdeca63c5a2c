#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/domain/instant.h"

namespace mercaptan::processor {

/// What is known of each gateway by what comes from it, by our own clock.
///
/// A gateway has no interval of its own. It is silent when nothing at all came from it for so long
/// that two of its devices should have been heard: one device alone may be the one that is broken.
class GatewayTable {
public:
    /// Something came from it. True if it had been silent.
    bool hear(std::uint16_t gateway, Instant now) {
        if (gateway >= gateways_.size()) gateways_.resize(gateway + std::size_t{1});
        Gateway& heard = gateways_[gateway];
        heard.heard_at = now;
        return heard.silent;
    }
    /// It passes on what this device sends, every so many seconds; zero: whenever there is
    /// something to say.
    void add(std::uint16_t gateway, std::uint32_t device, std::uint32_t interval_s);
    /// Which devices there are is told anew.
    void forget_devices();
    /// Until now nobody could hear anything.
    void begin(Instant now);

    /// `factor`: of a device's interval until it is silent.
    [[nodiscard]] bool overdue(std::uint16_t gateway, Instant now, double factor) const;

    [[nodiscard]] bool silent(std::uint16_t gateway) const {
        return gateway < gateways_.size() && gateways_[gateway].silent;
    }
    void fell_silent(std::uint16_t gateway);
    /// The device is silent as its gateway is: nothing is said of it.
    void hold(std::uint16_t gateway, std::uint32_t device);
    /// It is silent no more. The devices that were held.
    [[nodiscard]] std::vector<std::uint32_t> release(std::uint16_t gateway);

private:
    static constexpr std::uint32_t kNone = UINT32_MAX;
    struct Gateway {
        Instant heard_at;
        // The two shortest intervals of its devices.
        std::uint32_t fastest_device = kNone;
        std::uint32_t fastest_s = kNone;
        std::uint32_t second_s = kNone;
        bool silent = false;
        std::vector<std::uint32_t> held{};
    };
    std::vector<Gateway> gateways_;
};

}  // namespace mercaptan::processor
