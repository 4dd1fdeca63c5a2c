#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/json/reader.h"
#include "gateway/profiles/decoded.h"

namespace mercaptan::gateway::profiles {

/// The native profile: JSON readings under `gas/v1/{site}/{device}/...` (see README.md).
///
/// A field of the wrong type makes the message rejected, with the field named; what else it says is
/// still in `readings`. A status name that nobody knows is left out on the telemetry topic, and
/// makes the message rejected on the alarm topic, where it may be the alarm itself.
class NativeProfile final : public Profile {
public:
    static constexpr std::string_view kRoot = "gas/v1/";

    /// Who takes a message in: the emergency lane, the bulk lane with all that is in an odd place,
    /// or nobody, because it is a gateway's own word to a device.
    enum class Route : std::uint8_t { emergency, bulk, ours };
    [[nodiscard]] static Route route(std::string_view topic);

    explicit NativeProfile(std::size_t payload_bytes_max = 64U << 10U);

    [[nodiscard]] std::string_view name() const override { return "native"; }
    [[nodiscard]] bool matches(std::string_view topic) const override {
        return topic.starts_with(kRoot);
    }
    void decode(std::string_view topic, std::string_view payload, Decoded& decoded) override;

private:
    void decode_reading(std::string_view payload, Decoded& decoded);
    void decode_answer(std::string_view payload, Decoded& decoded);

    JsonReader json_;
};

}  // namespace mercaptan::gateway::profiles
