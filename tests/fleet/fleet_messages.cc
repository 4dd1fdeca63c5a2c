// What the devices say and how they answer; the loop around it is in fleet.cc.

#include <boost/json.hpp>
#include <chrono>
#include <limits>

#include "common/domain/instant.h"
#include "tests/fleet/fleet.h"

namespace mercaptan::fleet {
namespace {

namespace json = boost::json;

/// For messages that no manifest lists: `online` and answers to commands.
constexpr std::uint64_t kUntracked = std::numeric_limits<std::uint64_t>::max();
constexpr std::int64_t kUsPerMs = 1000;

std::int64_t wall_us() {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

MonoTime after(MonoTime from, double seconds) {
    return from + std::chrono::duration_cast<std::chrono::nanoseconds>(
                      std::chrono::duration<double>{seconds});
}

std::string text_of(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string{value->get_string()}
                                                  : std::string{};
}

/// Empty for anything but a JSON object.
json::object object_of(std::string_view text) {
    boost::system::error_code error;
    json::value value = json::parse(text, error);
    return !error && value.is_object() ? value.get_object() : json::object{};
}

}  // namespace

const std::string& Fleet::topic(const Device& device, std::string_view leaf) {
    topic_.assign("gas/v1/");
    topic_ += device.site;
    topic_ += '/';
    topic_ += device.id;
    topic_ += '/';
    topic_ += leaf;
    return topic_;
}

const std::string& Fleet::leak_id(std::int32_t leak) const {
    static const std::string kNone;
    return leak < 0 ? kNone : leaks_[static_cast<std::size_t>(leak)].id;
}

std::uint64_t Fleet::new_message() {
    if (free_messages_.empty()) {
        messages_.emplace_back();
        free_messages_.push_back(messages_.size() - 1);
    }
    const std::uint64_t index = free_messages_.back();
    free_messages_.pop_back();
    messages_[index].used = true;
    return index;
}

void Fleet::release(std::uint64_t message) {
    messages_[message] = Message{};
    free_messages_.push_back(message);
}

Surroundings Fleet::surroundings(std::uint32_t device, std::int64_t now_ms) const {
    const Part& part = parts_[device];
    Surroundings around;
    around.now_ms = now_ms;
    around.day_ms = day_start_ms_ + static_cast<double>(now_ms - started_ms_) * options_.speed;
    if (district_.devices[device].leak >= 0) {
        const LeakSpec& spec = leaks_[static_cast<std::size_t>(part.leak)].spec;
        around.gas_lel_pct = leak_level(spec, part.nth, now_ms - part.from_ms);
        around.main_broken = spec.kind == LeakKind::main;
    }
    return around;
}

void Fleet::report_leak(std::uint32_t device, MonoTime now) {
    district_.devices[device].leak = parts_[device].leak;
    emit(device, now);
    if (options_.leak_once && sample_.urgent) {
        district_.devices[device].leak = -1;
        return;
    }
    events_.push({after(now, options_.leak_interval_s), Kind::leak_report, device});
}

void Fleet::emit(std::uint32_t device_index, MonoTime now) {
    Device& device = district_.devices[device_index];
    const std::int64_t now_ms = wall_us() / kUsPerMs;
    measure(device, surroundings(device_index, now_ms), rng_, sample_);
    const std::uint64_t index = new_message();
    Message& message = messages_[index];
    message.device = device_index;
    message.leak = device.leak;
    message.seq = ++device.seq;
    message.event_ms = now_ms + device.clock_offset_ms;
    if (manifest_.wanted()) {
        message.values = sample_.values;
        message.status = sample_.status;
    }
    if (sample_.urgent) note_alarm(message, device);
    // Trouble on the link is for ordinary messages; a script's alarm always sets out.
    if (!sample_.urgent && rng_.chance(options_.drop)) {
        ++counters_.dropped;
        message.dropped = true;
        manifest_.write(message, device, leak_id(message.leak));
        return release(index);
    }
    make_payload(message);
    if (!sample_.urgent && rng_.chance(options_.late)) {
        ++counters_.late;
        message.late = true;
        message.payload = payload_;
        events_.push({after(now, rng_.uniform() * options_.late_by_s), Kind::late_message, index});
        return;
    }
    if (message.urgent && options_.certain) {
        message.payload = payload_;
        unconfirmed_[confirmation_key(message)] = index;
        events_.push(
            {after(now, options_.certain_interval_s), Kind::repeat, confirmation_key(message)});
    }
    hand_over(index, rng_.chance(options_.duplicate) ? 2 : 1);
}

void Fleet::note_alarm(Message& message, const Device& device) {
    ++counters_.alarms;
    message.urgent = !options_.leak_on_telemetry;
    if (message.leak < 0) return;
    Leak& leak = leaks_[static_cast<std::size_t>(message.leak)];
    if (leak.alarms++ == 0) {
        leak.first_alarm_ms = message.event_ms - device.clock_offset_ms;
        leak.first_alarm_device = device.id;
    }
}

void Fleet::make_payload(const Message& message) {
    payload_.assign("{\"ts\":\"");
    payload_ += to_rfc3339(Instant{message.event_ms});
    payload_ += "\",\"seq\":";
    payload_ += std::to_string(message.seq);
    payload_ += ',';
    payload_ += sample_.values;
    payload_ += ",\"status\":[";
    payload_ += sample_.status;
    payload_ += "]}";
}

void Fleet::hand_over(std::uint64_t index, std::uint32_t copies) {
    Message& message = messages_[index];
    const Device& device = district_.devices[message.device];
    const std::string& payload = message.payload.empty() ? payload_ : message.payload;
    topic(device, message.urgent ? "alarm" : "telemetry");
    if (message.sent_us == 0) {
        message.sent_us = wall_us();
        ++counters_.sent;
        counters_.duplicates += copies - 1;
    } else {
        counters_.duplicates += copies;
    }
    message.copies += copies;
    message.unacked += copies;
    for (std::uint32_t i = 0; i < copies; ++i) {
        connection_of(message.device).publish(topic_, payload, /*retain=*/false, index);
    }
}

void Fleet::on_puback(std::uint64_t token) {
    constexpr std::size_t kPubackSamplesMax = 1'000'000;
    if (token == kUntracked) return;
    Message& message = messages_[token];
    --message.unacked;
    if (message.acked_us == 0) {
        message.acked_us = wall_us();
        ++counters_.acked;
        if (puback_us_.size() < kPubackSamplesMax) {
            puback_us_.push_back(static_cast<std::uint32_t>(message.acked_us - message.sent_us));
        }
    }
    settle(token);
}

void Fleet::settle(std::uint64_t index) {
    const Message& message = messages_[index];
    if (message.unacked > 0) return;
    if (options_.certain && message.urgent && !message.confirmed) return;
    manifest_.write(message, district_.devices[message.device], leak_id(message.leak));
    release(index);
}

void Fleet::repeat(std::uint64_t key, MonoTime now) {
    const auto found = unconfirmed_.find(key);
    if (found == unconfirmed_.end()) return;
    // While a copy is still on its way to the broker, another one would not get there sooner.
    if (messages_[found->second].unacked == 0) hand_over(found->second, 1);
    events_.push({after(now, options_.certain_interval_s), Kind::repeat, key});
}

void Fleet::announce(std::uint32_t device, bool online) {
    connection_of(device).publish(topic(district_.devices[device], "online"), online ? "1" : "0",
                                  /*retain=*/true, kUntracked);
}

void Fleet::on_message(std::string_view topic, std::string_view payload) {
    const std::size_t leaf_at = topic.rfind('/');
    const std::size_t device_at = topic.rfind('/', leaf_at - 1);
    if (leaf_at == std::string_view::npos || device_at == std::string_view::npos) return;
    const std::string id{topic.substr(device_at + 1, leaf_at - device_at - 1)};
    const auto found = district_.by_id.find(id);
    if (found == district_.by_id.end()) return;  // Another fleet's.
    if (topic.substr(leaf_at + 1) == "ack") {
        on_confirmation(found->second, payload);
    } else {
        on_command(found->second, payload);
    }
}

void Fleet::on_confirmation(std::uint32_t device, std::string_view payload) {
    const json::object body = object_of(payload);
    const json::value* seq = body.if_contains("seq");
    if (seq == nullptr || !seq->is_int64()) return;
    Message wanted;
    wanted.device = device;
    wanted.seq = static_cast<std::uint64_t>(seq->get_int64());
    const auto found = unconfirmed_.find(confirmation_key(wanted));
    if (found == unconfirmed_.end()) return;
    const std::uint64_t index = found->second;
    unconfirmed_.erase(found);
    messages_[index].confirmed = true;
    ++counters_.confirmed;
    settle(index);
}

void Fleet::on_command(std::uint32_t device, std::string_view payload) {
    ++counters_.commands;
    const json::object body = object_of(payload);
    Command command{.device = device, .id = text_of(body, "id"), .refusal = {}};
    if (district_.devices[device].kind != DeviceKind::valve) {
        command.refusal = "not a valve";
    } else if (text_of(body, "action") != "close_valve") {
        command.refusal = "unknown action";
    } else if (options_.valves_fail) {
        command.refusal = "the valve does not move";
    }
    commands_.push_back(std::move(command));
    events_.push(
        {after(MonoTime::clock::now(), options_.valve_delay_s), Kind::valve, commands_.size() - 1});
}

void Fleet::answer(const Command& command, MonoTime now) {
    const Device& valve = district_.devices[command.device];
    const bool done = command.refusal.empty();
    const json::object reply{
        {"id", command.id}, {"result", done ? "done" : "failed"}, {"detail", command.refusal}};
    connection_of(command.device)
        .publish(topic(valve, "command/ack"), json::serialize(reply), /*retain=*/false, kUntracked);
    if (!done) return;
    if (valve.valve_closed_ms == 0) ++counters_.valves_closed;
    for (const std::uint32_t neighbour : district_.by_site.at(valve.site)) {
        Device& device = district_.devices[neighbour];
        if (device.valve_closed_ms == 0) device.valve_closed_ms = wall_us() / kUsPerMs;
    }
    emit(command.device, now);
}

}  // namespace mercaptan::fleet
