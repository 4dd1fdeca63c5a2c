#include "processor/core/gateway_table.h"

#include <algorithm>
#include <utility>

namespace mercaptan::processor {

void GatewayTable::add(std::uint16_t gateway, std::uint32_t device, std::uint32_t interval_s) {
    if (interval_s == 0) return;
    if (gateway >= gateways_.size()) gateways_.resize(gateway + std::size_t{1});
    Gateway& of = gateways_[gateway];
    if (device == of.fastest_device) {
        of.fastest_s = interval_s;
    } else if (interval_s < of.fastest_s) {
        of.second_s = of.fastest_s;
        of.fastest_s = interval_s;
        of.fastest_device = device;
    } else {
        of.second_s = std::min(of.second_s, interval_s);
    }
}

void GatewayTable::forget_devices() {
    for (Gateway& gateway : gateways_)
        gateway.fastest_device = gateway.fastest_s = gateway.second_s = kNone;
}

void GatewayTable::begin(Instant now) {
    for (Gateway& gateway : gateways_) gateway.heard_at = std::max(gateway.heard_at, now);
}

bool GatewayTable::overdue(std::uint16_t gateway, Instant now, double factor) const {
    if (gateway >= gateways_.size()) return false;
    const Gateway& of = gateways_[gateway];
    if (of.silent) return true;
    if (of.second_s == kNone) return false;
    // The first device that is overdue was heard up to an interval before the gateway was.
    const double allowed_ms = (factor - 1) * of.second_s * 1000.0;
    return static_cast<double>((now - of.heard_at).count()) >= allowed_ms;
}

void GatewayTable::fell_silent(std::uint16_t gateway) {
    if (gateway >= gateways_.size()) gateways_.resize(gateway + std::size_t{1});
    gateways_[gateway].silent = true;
}

void GatewayTable::hold(std::uint16_t gateway, std::uint32_t device) {
    gateways_[gateway].held.push_back(device);
}

std::vector<std::uint32_t> GatewayTable::release(std::uint16_t gateway) {
    gateways_[gateway].silent = false;
    return std::exchange(gateways_[gateway].held, {});
}

}  // namespace mercaptan::processor
