#include "gateway/io/central_link.h"

#include "common/log/log.h"
#include "gateway/io/field_link.h"
#include "gateway/uplink_codec.h"

namespace mercaptan::gateway {

CentralLink::CentralLink(const BrokerConfig& broker, std::string_view gateway_id, Clock& clock)
    : gateway_id_{gateway_id},
      options_{client_options(broker, gateway_id_ + "-uplink")},
      clock_{clock} {}

std::vector<mqtt::Subscription> CentralLink::subscriptions() const {
    return {{watermark_topic(gateway_id_), 1}, {order_topic(gateway_id_), 1}};
}

Result<void> CentralLink::check() const {
    return mqtt::check(options_, subscriptions());
}

void CentralLink::start(Gateway& gateway, Runner& runner) {
    gateway_ = &gateway;
    runner_ = &runner;
    mqtt::Handlers handlers;
    handlers.on_message = [this](const mqtt::Message& message) { on_message(message); };
    handlers.on_ready = [this](bool session_present) {
        log::info("central broker connected session={}", session_present);
        gateway_->on_central_connection(true);
        runner_->wake(true);
    };
    handlers.on_lost = [this](std::string_view reason) {
        log::warn("central broker lost reason={}", log::quote(reason));
        gateway_->on_central_connection(false);
        runner_->wake(true);
    };
    handlers.on_published = [this](std::uint64_t token, bool ok) {
        gateway_->on_published(token, ok);
        runner_->wake(false);
    };
    client_ = std::make_unique<mqtt::Client>(options_, subscriptions(), std::move(handlers));
    client_->start();
}

void CentralLink::stop() {
    if (client_) client_->stop();
}

void CentralLink::on_message(const mqtt::Message& message) {
    auto work = gateway_->on_central_message(message.topic, message.payload,
                                             {message.retained, message.duplicate}, clock_.now());
    if (!work) Runner::fail(work.error());
    if (*work) runner_->wake(message.topic == order_topic(gateway_id_));
}

bool CentralLink::publish(std::string_view topic, std::string_view payload, std::uint64_t token) {
    return client_ && client_->publish(topic, payload, 1, false, token).has_value();
}

}  // namespace mercaptan::gateway
