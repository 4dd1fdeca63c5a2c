#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/simulation/field_broker.h"
#include "tests/simulation/plan.h"
#include "tests/simulation/random.h"
#include "tests/simulation/timeline.h"
#include "tests/simulation/truth.h"

namespace mercaptan::simulation {

/// The detectors and valves of the district: what they measure, how they fail, what they say.
class Devices {
public:
    struct Parts {
        const Plan& plan;
        Timeline& timeline;
        Random& random;
        Truth& truth;
        FieldBroker& field;
    };
    explicit Devices(Parts parts);

    void start();
    /// They fall silent.
    void stop() { stopped_ = true; }

private:
    struct Device {
        const DevicePlan* plan;
        std::uint64_t next_seq = 1;
        bool online = true;
    };
    struct Shown {  // By a device at a moment.
        double gas_lel_pct = 0;
        double co_ppm = 0;
        std::vector<std::string> status;
    };

    void leak_later(const SitePlan& site);
    void speak_later(Device& device);
    void speak(Device& device);
    [[nodiscard]] Shown measure(const Device& device);
    void send_reading(Device& device, const Shown& shown);
    void send_garbage(Device& device);
    void flip_online(Device& device);
    void deliver(const Device& device, const Message& message, const std::string& leaf,
                 const std::string& payload, bool may_repeat);
    void answer_command(const std::string& topic, const std::string& payload);

    const Plan& plan_;
    Timeline& timeline_;
    Random& random_;
    Truth& truth_;
    FieldBroker& field_;
    std::vector<Device> devices_;
    std::map<std::string, Instant> leaks_until_;  // By site.
    bool stopped_ = false;
};

}  // namespace mercaptan::simulation
