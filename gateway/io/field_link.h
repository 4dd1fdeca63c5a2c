#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/metrics/metrics.h"
#include "common/mqtt/client.h"
#include "gateway/gateway.h"
#include "gateway/io/clock.h"
#include "gateway/io/config.h"
#include "gateway/io/runner.h"
#include "gateway/ports.h"

namespace mercaptan::gateway {

/// The options of a client with a session that outlives it.
[[nodiscard]] mqtt::Options client_options(const BrokerConfig& broker, std::string client_id);

/// Two connections to the field broker, so that emergencies have a queue of their own there: what
/// is urgent, and everything else. The second sees the whole tree, so that a message in an odd
/// place is quarantined instead of overlooked, and leaves alone what the first one gets.
class FieldLink final : public FieldPort {
public:
    FieldLink(const BrokerConfig& broker, std::string_view gateway_id, Clock& clock,
              metrics::Registry& metrics);

    /// Fails with invalid_input for settings that no connection can be made with.
    [[nodiscard]] Result<void> check() const;
    void start(Gateway& gateway, Runner& runner);
    void stop();

    bool publish(std::string_view topic, std::string_view payload) override;
    bool publish_command(std::string_view topic, std::string_view payload,
                         std::optional<Instant> caused_at) override;
    void set_intake(Lane lane, bool open) override;

private:
    mqtt::Handlers handlers(Lane lane);
    void on_message(Lane lane, const mqtt::Message& message);
    [[nodiscard]] mqtt::Client& client(Lane lane) {
        return lane == Lane::emergency ? *emergency_ : *bulk_;
    }

    mqtt::Options emergency_options_;
    mqtt::Options bulk_options_;
    Clock& clock_;
    metrics::Histogram& guard_seconds_;
    Gateway* gateway_ = nullptr;
    Runner* runner_ = nullptr;
    std::unique_ptr<mqtt::Client> emergency_;
    std::unique_ptr<mqtt::Client> bulk_;
};

}  // namespace mercaptan::gateway
