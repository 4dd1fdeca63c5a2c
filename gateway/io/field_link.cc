#include "gateway/io/field_link.h"

#include <vector>

#include "common/log/log.h"
#include "gateway/profiles/native.h"

namespace mercaptan::gateway {
namespace {

std::vector<mqtt::Subscription> subscriptions(Lane lane) {
    if (lane == Lane::bulk) return {{"gas/v1/#", 1}};
    return {{"gas/v1/+/+/alarm", 1}, {"gas/v1/+/+/online", 1}, {"gas/v1/+/+/command/ack", 1}};
}

}  // namespace

mqtt::Options client_options(const BrokerConfig& broker, std::string client_id) {
    mqtt::Options options;
    options.uri = broker.uri;
    options.client_id = std::move(client_id);
    options.username = broker.username;
    options.password_file = broker.password_file.string();
    options.ca_file = broker.ca_file.string();
    options.cert_file = broker.cert_file.string();
    options.key_file = broker.key_file.string();
    options.max_inflight = 4096;
    return options;
}

FieldLink::FieldLink(const BrokerConfig& broker, std::string_view gateway_id, Clock& clock,
                     metrics::Registry& metrics)
    : emergency_options_{client_options(broker, std::string{gateway_id} + "-emergency")},
      bulk_options_{client_options(broker, std::string{gateway_id} + "-bulk")},
      clock_{clock},
      guard_seconds_{
          metrics.histogram("mercaptan_gateway_guard_seconds",
                            "From the receipt of a reading to the valve command handed to MQTT")} {}

Result<void> FieldLink::check() const {
    if (auto sound = mqtt::check(emergency_options_, subscriptions(Lane::emergency)); !sound)
        return sound;
    return mqtt::check(bulk_options_, subscriptions(Lane::bulk));
}

void FieldLink::start(Gateway& gateway, Runner& runner) {
    gateway_ = &gateway;
    runner_ = &runner;
    emergency_ = std::make_unique<mqtt::Client>(emergency_options_, subscriptions(Lane::emergency),
                                                handlers(Lane::emergency));
    bulk_ = std::make_unique<mqtt::Client>(bulk_options_, subscriptions(Lane::bulk),
                                           handlers(Lane::bulk));
    emergency_->start();
    bulk_->start();
}

void FieldLink::stop() {
    if (bulk_) bulk_->stop();
    if (emergency_) emergency_->stop();
}

mqtt::Handlers FieldLink::handlers(Lane lane) {
    mqtt::Handlers handlers;
    handlers.on_message = [this, lane](const mqtt::Message& message) { on_message(lane, message); };
    handlers.on_ready = [this, lane](bool session_present) {
        log::info("field broker connected lane={} session={}", to_string(lane), session_present);
        gateway_->on_field_connection(lane, true);
        runner_->wake(true);
    };
    handlers.on_lost = [this, lane](std::string_view reason) {
        log::warn("field broker lost lane={} reason={}", to_string(lane), log::quote(reason));
        gateway_->on_field_connection(lane, false);
        runner_->wake(true);
    };
    return handlers;
}

void FieldLink::on_message(Lane lane, const mqtt::Message& message) {
    using profiles::NativeProfile;
    if (lane == Lane::bulk && NativeProfile::route(message.topic) != NativeProfile::Route::bulk)
        return;
    auto urgent = gateway_->on_field_message(lane, message.topic, message.payload,
                                             {message.retained, message.duplicate}, clock_.now());
    if (!urgent) Runner::fail(urgent.error());
    if (*urgent) runner_->wake(lane == Lane::emergency);
    if (lane == Lane::bulk || message.retained) runner_->stored();
}

bool FieldLink::publish(std::string_view topic, std::string_view payload) {
    return emergency_ && emergency_->publish(topic, payload, 1, false).has_value();
}

bool FieldLink::publish_command(std::string_view topic, std::string_view payload,
                                std::optional<Instant> caused_at) {
    if (!publish(topic, payload)) return false;
    if (caused_at)
        guard_seconds_.observe(static_cast<double>((clock_.now() - *caused_at).count()) / 1000.0);
    return true;
}

void FieldLink::set_intake(Lane lane, bool open) {
    if (!emergency_ || !bulk_) return;
    if (open) {
        client(lane).resume();
    } else {
        client(lane).pause();
    }
}

}  // namespace mercaptan::gateway
