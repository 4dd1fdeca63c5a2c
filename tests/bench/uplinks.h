#pragma once

#include <string>
#include <vector>

#include "tests/bench/district.h"

namespace mercaptan::bench {

inline constexpr std::string_view kUplinkTopic = "mercaptan/v1/up/gateway-1/bulk";
inline constexpr std::size_t kUplinkReadings = 256;

/// Messages of a gateway as the processor gets them, numbered from 1.
class Uplinks {
public:
    explicit Uplinks(District& district) : district_{district} {}
    [[nodiscard]] std::string next();
    [[nodiscard]] std::uint64_t last_seq() const { return seq_; }

private:
    District& district_;
    std::vector<Reading> readings_ = std::vector<Reading>(kUplinkReadings);
    std::uint64_t seq_ = 0;
};

}  // namespace mercaptan::bench
