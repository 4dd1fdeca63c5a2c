#include "tests/simulation/plan.h"

#include <sstream>

#include "tests/simulation/random.h"

namespace mercaptan::simulation {
namespace {

using namespace std::chrono_literals;

/// Swarm: about half of the seeds do without a given fault, so that seeds differ in kind.
double rate(Random& random, double most) {
    return random.chance(0.5) ? 0.0 : random.unit() * most;
}
Duration every(Random& random, Duration least, Duration most) {
    return random.chance(0.5) ? 0ms : random.between(least, most);
}

Faults draw_faults(Random& random) {
    Faults faults;
    faults.link_loss = rate(random, 0.3);
    faults.link_duplicate = rate(random, 0.3);
    faults.link_reorder = rate(random, 0.3);
    faults.link_delay_max = random.pick({2ms, 20ms, 500ms});
    faults.link_cut_every = every(random, 20s, 5min);
    faults.link_cut_max = random.pick({1000ms, 20'000ms, 120'000ms});
    faults.broker_restart_every = every(random, 1min, 8min);
    faults.gateway_crash_every = every(random, 15s, 5min);
    faults.processor_crash_every = every(random, 15s, 5min);
    faults.power_cut = rate(random, 1.0);
    faults.disk_fails = rate(random, 0.5);
    faults.dies_at_start = rate(random, 0.4);
    faults.down_max = random.pick({200ms, 5'000ms, 60'000ms});
    faults.puback_lost = rate(random, 1.0);
    return faults;
}

DevicePlan draw_device(Random& random, const SitePlan& site, std::size_t number) {
    DevicePlan device;
    device.site = site.id;
    device.id = "d" + std::to_string(number);
    device.kind = random.chance(0.2) ? DeviceKind::co_detector : DeviceKind::leak_detector;
    device.registered = !random.chance(0.1);
    device.has_clock = !random.chance(0.2);
    // Of a message without number or time nobody can say that two gateways heard the same.
    device.counts = !random.chance(0.2);
    device.skew = random.chance(0.3) ? random.between(-10min, 10min) : 0ms;
    if (random.chance(0.03)) device.skew = random.pick({Duration{-24h * 365 * 10}, Duration{48h}});
    device.interval = random.between(5s, 60s);
    // Over two gateways, or late, a number used again can't be told from a copy; nor can a late
    // repetition without a time. README.md says what follows.
    const bool timed = device.has_clock && std::chrono::abs(device.skew) < 24h;
    const bool restarts = device.counts && site.heard_by.size() == 1;
    device.reboots = restarts ? rate(random, 0.05) : 0.0;
    device.late = timed && device.reboots == 0 ? rate(random, 0.2) : 0.0;
    const bool repeats = device.counts && (timed || device.reboots == 0);
    device.repeats = repeats ? rate(random, 0.2) : 0.0;
    device.unreadable = rate(random, 0.02);
    device.telemetry_emergency = rate(random, 0.5);
    device.self_test = rate(random, 0.05);
    device.faults = rate(random, 0.05);
    device.online_flips = rate(random, 0.05);
    return device;
}

void draw_district(Random& random, Plan& plan) {
    plan.gateways = 1 + random.below(3);
    const std::size_t sites = 1 + random.below(4);
    for (std::size_t i = 0; i < sites; ++i) {
        SitePlan site;
        site.id = "s" + std::to_string(i + 1);
        site.valve = random.chance(0.6);
        site.leak_every = every(random, 2min, 10min);
        const std::size_t first = random.below(plan.gateways);
        site.heard_by.push_back(first);
        if (plan.gateways > 1 && random.chance(0.4)) {
            site.heard_by.push_back((first + 1) % plan.gateways);
        }
        const std::size_t devices = 1 + random.below(3);
        for (std::size_t d = 0; d < devices; ++d) {
            plan.devices.push_back(draw_device(random, site, plan.devices.size() + 1));
        }
        plan.sites.push_back(std::move(site));
    }
}

void draw_settings(Random& random, Plan& plan) {
    gateway::Settings& gateway = plan.gateway;
    gateway.batch.readings_max = random.pick({1UL, 3UL, 256UL});
    gateway.batch.linger = random.pick({0ms, 2ms, 300ms});
    gateway.intake.remembered = random.pick({256UL, 65'536UL});
    gateway.outbox.bulk_unacked_max = random.pick({1UL, 4UL});
    gateway.outbox.read_ahead_bytes = random.pick({200UL, 4UL << 20U});
    processor::ProcessorSettings& processor = plan.processor;
    processor.watermark_every = random.pick({10ms, 1000ms});
    // A small window and slow answers are a backlog that takes longer than a district lives.
    const bool slow = plan.faults.link_delay_max > 100ms || processor.watermark_every > 100ms;
    gateway.uplink.emergency_window = slow ? 1024UL : random.pick({2UL, 8UL, 1024UL});
    gateway.uplink.bulk_window = slow ? 64UL : random.pick({2UL, 8UL, 64UL});
    if (random.chance(0.2)) {
        gateway.outbox.bytes_max = 8'000;
        gateway.outbox.reserve_bytes = 4'000;
    }
    plan.gateway_sync_max = random.pick({2ms, 50ms, 1000ms});
    plan.gateway_flush_every = every(random, 5s, 2min);
    processor.readings_per_commit_max = random.pick({1UL, 8UL, 2048UL});
    processor.device_row_every = random.pick({1000ms, 20'000ms, 60'000ms});
    processor.feed_rows_max = random.pick({20UL, 100'000UL});
    plan.commit_max = random.pick({1ms, 10ms, 500ms});
}

}  // namespace

Plan draw_plan(std::uint64_t seed) {
    Random random{seed * 0x2545F4914F6CDD1DULL + 1};
    Plan plan;
    plan.seed = seed;
    plan.length = random.between(10min, 30min);
    plan.faults = draw_faults(random);
    draw_district(random, plan);
    draw_settings(random, plan);
    plan.operator_every = every(random, 5s, 2min);
    plan.hotline_every = every(random, 30s, 10min);
    plan.operator_completes = random.unit();
    plan.reload_every = every(random, 1min, 10min);
    plan.crews_off_duty = random.chance(0.1);
    return plan;
}

std::string to_string(const Plan& plan) {
    std::ostringstream text;
    const Faults& faults = plan.faults;
    text << plan.gateways << " gateways, " << plan.sites.size() << " sites, " << plan.devices.size()
         << " devices, " << plan.length.count() / 1000 << " s\n  link: loss " << faults.link_loss
         << " duplicate " << faults.link_duplicate << " reorder " << faults.link_reorder
         << " delay_ms " << faults.link_delay_max.count() << " cut_every_ms "
         << faults.link_cut_every.count() << " broker_restart_every_ms "
         << faults.broker_restart_every.count() << "\n  crashes: gateway_every_ms "
         << faults.gateway_crash_every.count() << " processor_every_ms "
         << faults.processor_crash_every.count() << " power_cut " << faults.power_cut
         << " disk_fails " << faults.disk_fails << " at_start " << faults.dies_at_start << "\n";
    for (const SitePlan& site : plan.sites) {
        text << "  site " << site.id << " heard by";
        for (const std::size_t gateway : site.heard_by) text << " g" << gateway + 1;
        text << (site.valve ? ", valve" : "") << ", leak_every_ms " << site.leak_every.count()
             << "\n";
    }
    for (const DevicePlan& device : plan.devices) {
        text << "  device " << device.site << "/" << device.id << " " << to_string(device.kind)
             << (device.registered ? "" : " unregistered") << (device.counts ? "" : " uncounted")
             << (device.has_clock ? "" : " clockless") << " skew_ms " << device.skew.count()
             << " interval_ms " << device.interval.count() << " reboots " << device.reboots << "\n";
    }
    return text.str();
}

}  // namespace mercaptan::simulation
