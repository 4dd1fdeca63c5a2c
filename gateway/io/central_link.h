#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/mqtt/client.h"
#include "gateway/gateway.h"
#include "gateway/io/clock.h"
#include "gateway/io/config.h"
#include "gateway/io/runner.h"
#include "gateway/ports.h"

namespace mercaptan::gateway {

/// The connection to the central broker: uplink messages out, watermarks and orders in.
class CentralLink final : public CentralPort {
public:
    CentralLink(const BrokerConfig& broker, std::string_view gateway_id, Clock& clock);

    /// Fails with invalid_input for settings that no connection can be made with.
    [[nodiscard]] Result<void> check() const;
    void start(Gateway& gateway, Runner& runner);
    void stop();

    bool publish(std::string_view topic, std::string_view payload, std::uint64_t token) override;

private:
    [[nodiscard]] std::vector<mqtt::Subscription> subscriptions() const;
    void on_message(const mqtt::Message& message);

    std::string gateway_id_;
    mqtt::Options options_;
    Clock& clock_;
    Gateway* gateway_ = nullptr;
    Runner* runner_ = nullptr;
    std::unique_ptr<mqtt::Client> client_;
};

}  // namespace mercaptan::gateway
