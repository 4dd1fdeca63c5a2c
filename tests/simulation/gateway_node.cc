#include "tests/simulation/gateway_node.h"

#include <algorithm>
#include <utility>

#include "gateway/profiles/native.h"
#include "gateway/rows.h"

namespace mercaptan::simulation {
namespace {

using namespace std::chrono_literals;

constexpr unsigned kLastStepsMax = 8;

}  // namespace

GatewayNode::GatewayNode(std::size_t index, Parts parts)
    : index_{index},
      name_{"g" + std::to_string(index + 1)},
      plan_{parts.plan},
      timeline_{parts.timeline},
      random_{parts.random},
      truth_{parts.truth},
      findings_{parts.findings},
      field_{parts.field},
      central_{parts.central} {
    store_.on_synced([this] { exposed_.clear(); });
    if (plan_.plant == Plant::gateway_disk_lies) store_.lie_about_syncs();
    field_.attach(index_, [this](Lane lane, const FieldBroker::Delivery& delivery) {
        return take(lane, delivery);
    });
    central_.attach(CentralBroker::gateway(index_),
                    {.on_message =
                         [this](const CentralBroker::Packet& packet) {
                             live([&] {
                                 auto woke = gateway_->on_central_message(
                                     packet.topic, packet.payload,
                                     {packet.retain, packet.duplicate}, timeline_.now());
                                 if (!woke) return fail(woke.error());
                                 if (*woke) wake(1ms);
                             });
                         },
                     .on_connection =
                         [this](bool connected) {
                             live([&] { gateway_->on_central_connection(connected); });
                             wake(1ms);
                         },
                     .on_published =
                         [this](std::uint64_t token, bool ok) {
                             live([&] { gateway_->on_published(token, ok); });
                             wake(2ms);
                         }});
    if (plan_.gateway_flush_every > 0ms) {
        timeline_.after(random_.around(plan_.gateway_flush_every), [this] { flush(); });
    }
}

template <class Step>
bool GatewayNode::live(Step&& step) {
    if (!gateway_) return false;
    try {
        step();
    } catch (const ProcessDied&) {
        die();
        return false;
    }
    return true;
}

void GatewayNode::fail(const Error&) {
    throw ProcessDied{};  // As Runner::fail: the process ends at once.
}

void GatewayNode::doom() {
    if (healed_ || !gateway_) return;
    power_cut_ = random_.chance(plan_.faults.power_cut);
    if (!power_cut_ && random_.chance(plan_.faults.disk_fails)) {
        if (random_.chance(0.5)) {
            store_.memory().fail_next_sync();
        } else {
            store_.fail_next_write(random_.chance(0.5));
        }
        return;
    }
    fuse_.light(static_cast<unsigned>(random_.below(kLastStepsMax)));
    const std::uint64_t life = life_;
    timeline_.after(random_.between(0ms, 3'000ms), [this, life] {
        if (life == life_ && gateway_) die();
    });
}

void GatewayNode::die() {
    timeline_.tell(name_, power_cut_ ? "loses its power" : "dies");
    fuse_.put_out();
    gateway_.reset();
    dead_rows_.reset();
    ++life_;
    round_at_.reset();
    sync_planned_ = false;
    field_.disconnect(index_);
    central_.leave(CentralBroker::gateway(index_));
    if (std::exchange(power_cut_, false)) {
        store_.memory().lose_unsynced(random_.below(store_.memory().unsynced() + 1));
        for (const std::uint64_t id : exposed_) {
            Message::Copy& copy = truth_.messages[id].taken[index_];
            copy.excused = !copy.answered;
        }
        exposed_.clear();
    }
    timeline_.after(random_.between(50ms, healed_ ? 1000ms : plan_.faults.down_max),
                    [this] { start(); });
}

gateway::Rulebook GatewayNode::rules() const {
    DeviceRegistry entries;
    for (const DevicePlan& device : plan_.devices) {
        if (!device.registered) continue;
        RegistryEntry entry;
        entry.site = device.site;
        entry.device_id = device.id;
        entry.kind = device.kind;
        entry.ack_telemetry = device.counts;
        entries.push_back(entry);
    }
    for (const SitePlan& site : plan_.sites) {
        if (!site.valve) continue;
        RegistryEntry entry;
        entry.site = site.id;
        entry.device_id = "v" + site.id;
        entry.kind = DeviceKind::valve;
        entries.push_back(entry);
    }
    gateway::Rulebook rules;
    rules.registry = std::make_shared<const gateway::Registry>(entries);
    gateway::GuardRule guard;
    guard.name = "set-point";
    guard.gas_lel_pct_min = 20.0;
    rules.guard.push_back(guard);
    return rules;
}

void GatewayNode::start() {
    if (!healed_ && random_.chance(plan_.faults.dies_at_start)) {
        fuse_.light(static_cast<unsigned>(random_.below(4)));
    }
    try {
        open();
    } catch (const ProcessDied&) {
        return die();
    }
    fuse_.put_out();
    timeline_.tell(name_, "runs, epoch", gateway_->epoch());
    field_.connect(index_);
    live([&] {
        for (const Lane lane : {Lane::emergency, Lane::bulk})
            gateway_->on_field_connection(lane, true);
    });
    central_.join(CentralBroker::gateway(index_));
    wake(0ms);
}

void GatewayNode::open() {
    gateway::Settings settings = plan_.gateway;
    settings.core.gateway_id = name_;
    dead_rows_ = std::make_unique<gateway::DeadRows>();
    gateway::profiles::ProfileSet profiles;
    profiles.add(std::make_unique<gateway::profiles::NativeProfile>());
    auto opened = gateway::Gateway::open(settings, rules(), std::move(profiles),
                                         {store_, *dead_rows_, *this, *this}, timeline_.now());
    if (!opened) fail(opened.error());
    gateway_ = std::move(*opened);
}

void GatewayNode::reload() {
    live([&] { gateway_->reload(rules()); });
    wake(1ms);
}

void GatewayNode::wake(Duration within) {
    if (!gateway_) return;
    const Instant when = timeline_.now() + random_.between(0ms, within);
    if (round_at_ && *round_at_ <= when) return;
    round_at_ = when;
    const std::uint64_t life = life_;
    timeline_.at(when, [this, life, when] {
        if (life == life_ && round_at_ == when) round();
    });
}

void GatewayNode::round() {
    round_at_.reset();
    const bool lived = live([&] {
        if (auto done = gateway_->round(timeline_.now()); !done) fail(done.error());
    });
    if (!lived) return;
    keep_synced();
    if (const auto next = gateway_->next_deadline()) {
        const Duration wait = std::max(*next - timeline_.now(), Duration{0});
        if (round_at_ && *round_at_ <= timeline_.now() + wait) return;
        const Instant when = timeline_.now() + wait;
        round_at_ = when;
        timeline_.at(when, [this, life = life_, when] {
            if (life == life_ && round_at_ == when) round();
        });
    }
}

/// The second thread.
void GatewayNode::keep_synced() {
    if (sync_planned_ || !gateway_ || !gateway_->sync_due()) return;
    sync_planned_ = true;
    const std::uint64_t life = life_;
    timeline_.after(random_.between(1ms, plan_.gateway_sync_max), [this, life] {
        if (life != life_) return;
        sync_planned_ = false;
        live([&] {
            if (auto synced = gateway_->sync(); !synced) fail(synced.error());
        });
        wake(0ms);
    });
}

/// The store drops what it was told is dead, at a time of its own.
void GatewayNode::flush() {
    if (gateway_) {
        store_.memory().drop(gateway::kInbox, [&](std::string_view key) {
            return dead_rows_->inbox_droppable(key);
        });
        store_.memory().drop(gateway::kOutbox, [&](std::string_view key) {
            return dead_rows_->outbox_droppable(key);
        });
    }
    timeline_.after(random_.around(plan_.gateway_flush_every), [this] { flush(); });
}

bool GatewayNode::take(Lane lane, const FieldBroker::Delivery& delivery) {
    const bool taken = live([&] {
        auto woke = gateway_->on_field_message(lane, delivery.topic, delivery.payload,
                                               delivery.flags, timeline_.now());
        if (!woke) fail(woke.error());
    });
    if (!taken) return false;
    Message& message = truth_.messages[delivery.message];
    timeline_.tell(name_, "has", to_string(lane), message.id, delivery.topic, delivery.payload,
                   delivery.flags.redelivered ? "again" : "");
    if (!delivery.flags.retained) {
        // Taken once more, it is owed again whatever a power cut had excused.
        message.taken[index_].excused = false;
        if (lane == Lane::bulk) exposed_.push_back(message.id);
    }
    keep_synced();
    wake(2ms);
    return true;
}

bool GatewayNode::publish(std::string_view topic, std::string_view payload) {
    fuse_.touch();
    field_.publish_down(index_, topic, payload);
    return true;
}

bool GatewayNode::publish_command(std::string_view topic, std::string_view payload,
                                  std::optional<Instant>) {
    fuse_.touch();
    if (plan_.plant != Plant::valve_deaf) field_.publish_down(index_, topic, payload);
    return true;
}

void GatewayNode::set_intake(Lane lane, bool open) {
    field_.set_intake(index_, lane, open);
}

bool GatewayNode::publish(std::string_view topic, std::string_view payload, std::uint64_t token) {
    fuse_.touch();
    return central_.publish(CentralBroker::gateway(index_),
                            {.topic = std::string{topic}, .payload = std::string{payload}}, token);
}

}  // namespace mercaptan::simulation
