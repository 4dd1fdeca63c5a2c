#include "tests/simulation/devices.h"

#include <algorithm>
#include <utility>

namespace mercaptan::simulation {
namespace {

using namespace std::chrono_literals;

std::string json_list(const std::vector<std::string>& names) {
    std::string text = "[";
    for (const std::string& name : names) {
        if (text.size() > 1) text += ',';
        text += '"' + name + '"';
    }
    return text + "]";
}

bool has(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Devices::Devices(Parts parts)
    : plan_{parts.plan},
      timeline_{parts.timeline},
      random_{parts.random},
      truth_{parts.truth},
      field_{parts.field} {
    for (const DevicePlan& device : plan_.devices) devices_.push_back({.plan = &device});
    field_.on_command([this](const std::string& topic, const std::string& payload) {
        answer_command(topic, payload);
    });
}

void Devices::start() {
    for (Device& device : devices_) speak_later(device);
    for (const SitePlan& site : plan_.sites) {
        if (site.leak_every > 0ms) leak_later(site);
    }
}

void Devices::leak_later(const SitePlan& site) {
    timeline_.after(random_.around(site.leak_every), [this, &site] {
        if (stopped_) return;
        leaks_until_[site.id] = timeline_.now() + random_.between(5s, 4min);
        leak_later(site);
    });
}

void Devices::speak_later(Device& device) {
    const bool leak = leaks_until_[device.plan->site] > timeline_.now();
    const Duration usual = device.plan->interval;
    timeline_.after(leak ? random_.between(500ms, 5'000ms) : random_.between(usual / 2, usual),
                    [this, &device] {
                        if (stopped_) return;
                        speak(device);
                        speak_later(device);
                    });
}

void Devices::speak(Device& device) {
    const DevicePlan& plan = *device.plan;
    if (random_.chance(plan.online_flips)) flip_online(device);
    if (random_.chance(plan.unreadable)) return send_garbage(device);
    if (random_.chance(plan.reboots)) device.next_seq = random_.below(2);
    send_reading(device, measure(device));
}

Devices::Shown Devices::measure(const Device& device) {
    const DevicePlan& plan = *device.plan;
    Shown shown;
    shown.gas_lel_pct = static_cast<double>(random_.below(30)) / 10;
    if (leaks_until_[plan.site] > timeline_.now()) {
        shown.gas_lel_pct = random_.pick({6.0, 12.0, 19.9, 20.0, 23.5, 49.9, 50.0, 60.0});
        if (plan.kind == DeviceKind::co_detector) shown.co_ppm = random_.pick({40.0, 299.0, 300.0});
        if (random_.chance(0.3)) shown.status.emplace_back("alarm_high");
    }
    if (random_.chance(plan.self_test)) {
        shown.gas_lel_pct = 60.0;
        shown.status = {"alarm_high", "self_test"};
    }
    if (random_.chance(plan.faults)) {
        shown.status.emplace_back(random_.pick({"sensor_fault", "low_battery", "tamper"}));
    }
    return shown;
}

void Devices::send_reading(Device& device, const Shown& shown) {
    const DevicePlan& plan = *device.plan;
    Message& message = truth_.add();
    message.kind = Message::Kind::reading;
    message.site = plan.site;
    message.device = plan.id;
    if (plan.counts) message.seq = device.next_seq++;
    message.identified = plan.counts && plan.has_clock && std::chrono::abs(plan.skew) < 24h;
    if (!has(shown.status, "self_test")) {
        if (shown.gas_lel_pct >= 20) message.conditions.emplace_back("gas.alarm");
        if (shown.gas_lel_pct >= 50) message.conditions.emplace_back("gas.critical");
        if (shown.co_ppm >= 300) message.conditions.emplace_back("co.dose");
        if (has(shown.status, "alarm_high")) message.conditions.emplace_back("device.gas_alarm");
    }
    message.emergency_topic =
        !message.conditions.empty() && !random_.chance(plan.telemetry_emergency);
    std::string payload = "{";
    if (plan.has_clock)
        payload += "\"ts\":" + std::to_string((timeline_.now() + plan.skew).ms) + ",";
    if (message.seq) payload += "\"seq\":" + std::to_string(*message.seq) + ",";
    payload += "\"ch4_lel_pct\":" + std::to_string(shown.gas_lel_pct);
    if (plan.kind == DeviceKind::co_detector)
        payload += ",\"co_ppm\":" + std::to_string(shown.co_ppm);
    payload += ",\"volume_m3\":" + std::to_string(message.id);
    payload += ",\"status\":" + json_list(shown.status) + "}";
    deliver(device, message, message.emergency_topic ? "alarm" : "telemetry", payload, true);
}

void Devices::send_garbage(Device& device) {
    Message& message = truth_.add();
    message.kind = Message::Kind::unreadable;
    message.site = device.plan->site;
    message.device = device.plan->id;
    message.emergency_topic = true;
    message.conditions = {"device.unreadable_alarm"};
    deliver(device, message, "alarm", "\x01#" + std::to_string(message.id), false);
}

void Devices::flip_online(Device& device) {
    device.online = !device.online;
    Message& message = truth_.add();
    message.site = device.plan->site;
    message.device = device.plan->id;
    field_.publish(message.id, "gas/v1/" + message.site + "/" + message.device + "/online",
                   device.online ? "1" : "0", true);
}

void Devices::deliver(const Device& device, const Message& message, const std::string& leaf,
                      const std::string& payload, bool may_repeat) {
    const std::string topic = "gas/v1/" + message.site + "/" + message.device + "/" + leaf;
    const Duration wait =
        random_.chance(device.plan->late) ? random_.between(1s, 2min) : Duration{0};
    const int copies = may_repeat && random_.chance(device.plan->repeats) ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
        timeline_.after(
            wait + i * random_.between(0ms, 5'000ms),
            [this, id = message.id, topic, payload] { field_.publish(id, topic, payload); });
    }
}

/// A valve hears a command, and mostly says that it closed.
void Devices::answer_command(const std::string& topic, const std::string& payload) {
    if (random_.chance(0.2)) return;  // It was not listening.
    const std::size_t begin = payload.find("\"id\":\"") + 6;
    const std::string id = payload.substr(begin, payload.find('"', begin) - begin);
    const std::string result = random_.chance(0.1) ? "failed" : "done";
    const Message& message = truth_.add();
    timeline_.after(random_.between(10ms, 8'000ms),
                    [this, number = message.id, topic = topic + "/ack",
                     answer = "{\"id\":\"" + id + "\",\"result\":\"" + result + "\"}"] {
                        field_.publish(number, topic, answer);
                    });
}

}  // namespace mercaptan::simulation
