#include "tests/simulation/field_broker.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace mercaptan::simulation {
namespace {

using namespace std::chrono_literals;

std::string_view level(std::string_view topic, int number) {
    for (int i = 0; i < number; ++i) topic.remove_prefix(topic.find('/') + 1);
    return topic.substr(0, topic.find('/'));
}

}  // namespace

FieldBroker::FieldBroker(const Plan& plan, Timeline& timeline, Random& random, Truth& truth)
    : plan_{plan}, timeline_{timeline}, random_{random}, truth_{truth} {
    for (std::size_t i = 0; i < plan.gateways; ++i) {
        for (const Lane lane : {Lane::emergency, Lane::bulk}) {
            sessions_.push_back({});
            sessions_.back().gateway = i;
            sessions_.back().lane = lane;
        }
    }
}

void FieldBroker::publish(std::uint64_t message, const std::string& topic,
                          const std::string& payload, bool retain) {
    const std::string_view site = level(topic, 2);
    const bool emergency = !topic.ends_with("/telemetry");
    if (retain) retained_[topic] = {message, topic, payload, {.retained = true}};
    for (const SitePlan& place : plan_.sites) {
        if (place.id != site) continue;
        for (Session& session : sessions_) {
            const bool hears = std::find(place.heard_by.begin(), place.heard_by.end(),
                                         session.gateway) != place.heard_by.end();
            if (!hears || (session.lane == Lane::emergency) != emergency) continue;
            enqueue(session, {message, topic, payload, {}});
        }
    }
}

void FieldBroker::enqueue(Session& session, Delivery delivery) {
    session.queue.push_back(std::move(delivery));
    pump(session);
}

void FieldBroker::pump(Session& session) {
    if (session.busy || !session.connected || !session.open || session.queue.empty()) return;
    session.busy = true;
    timeline_.after(random_.between(0ms, 2ms), [this, &session] {
        session.busy = false;
        hand_over(session);
    });
}

void FieldBroker::hand_over(Session& session) {
    if (!session.connected || !session.open || session.queue.empty()) return;
    // The gateway may die under it: then it is still in the queue.
    if (!deliver_.at(session.gateway)(session.lane, session.queue.front())) return;
    session.last = std::move(session.queue.front());
    session.queue.pop_front();
    pump(session);
}

void FieldBroker::connect(std::size_t gateway) {
    for (Session& session : sessions_) {
        if (session.gateway != gateway) continue;
        session.connected = true;
        session.open = true;
        if (session.lane == Lane::emergency) {
            // The broker repeats the retained state at each subscription.
            for (const auto& [topic, delivery] : retained_) {
                const std::string_view site = level(topic, 2);
                const auto place =
                    std::find_if(plan_.sites.begin(), plan_.sites.end(),
                                 [&](const SitePlan& one) { return one.id == site; });
                const auto& heard_by = place->heard_by;
                if (std::find(heard_by.begin(), heard_by.end(), gateway) != heard_by.end()) {
                    session.queue.push_back(delivery);
                }
            }
        }
        pump(session);
    }
}

void FieldBroker::disconnect(std::size_t gateway) {
    for (Session& session : sessions_) {
        if (session.gateway != gateway) continue;
        session.connected = false;
        // Of a message that was being handed over nobody knows whether it was taken.
        if (!session.queue.empty()) session.queue.front().flags.redelivered = true;
        if (session.last && random_.chance(plan_.faults.puback_lost)) {
            session.last->flags.redelivered = true;
            session.queue.push_front(std::move(*session.last));
        }
        session.last.reset();
    }
}

void FieldBroker::set_intake(std::size_t gateway, Lane lane, bool open) {
    for (Session& session : sessions_) {
        if (session.gateway != gateway || session.lane != lane) continue;
        session.open = open;
        pump(session);
    }
}

std::size_t FieldBroker::waiting() const {
    std::size_t waiting = 0;
    for (const Session& session : sessions_) waiting += session.queue.size();
    return waiting;
}

void FieldBroker::publish_down(std::size_t gateway, std::string_view topic,
                               std::string_view payload) {
    if (topic.ends_with("/ack")) return answered(gateway, topic, payload);
    truth_.valve_commands[std::string{level(topic, 2)}] += 1;
    if (on_command_) on_command_(std::string{topic}, std::string{payload});
}

/// From here on the device has forgotten the message: nobody may lose it.
void FieldBroker::answered(std::size_t gateway, std::string_view topic, std::string_view payload) {
    std::uint64_t seq = 0;
    const std::string_view digits = payload.substr(payload.find(':') + 1);
    std::from_chars(digits.data(), digits.data() + digits.size(), seq);
    for (Message& message : truth_.messages) {
        if (message.seq != seq || message.site != level(topic, 2)) continue;
        if (message.device != level(topic, 3)) continue;
        const auto copy = message.taken.find(gateway);
        // What a power cut took is not answered any more; its number may have been used again.
        if (copy == message.taken.end() || copy->second.answered || copy->second.excused) continue;
        copy->second.answered = true;
        return;
    }
}

}  // namespace mercaptan::simulation
