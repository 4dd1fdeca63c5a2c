#include "tests/fleet/fleet.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cstdio>
#include <iostream>
#include <numeric>
#include <utility>

namespace mercaptan::fleet {
namespace {

using namespace std::chrono_literals;

constexpr int kPollMs = 1;
constexpr int kEventsPerPoll = 64;
constexpr std::size_t kRoundBatchMax = 512;  // Then the sockets get their turn.
constexpr std::chrono::seconds kCatchUpMax{2};
constexpr double kGoldenRatio = 0.6180339887;
constexpr double kDropoutWithin = 0.7;  // Devices drop out in this first part of the run.
constexpr double kMsPerHour = 3'600'000;

MonoTime after(MonoTime from, double seconds) {
    return from + std::chrono::duration_cast<std::chrono::nanoseconds>(
                      std::chrono::duration<double>{seconds});
}

double seconds_between(MonoTime from, MonoTime to) {
    return std::chrono::duration<double>{to - from}.count();
}

}  // namespace

Fleet::Fleet(const Options& options, District district, std::vector<Leak> leaks, Manifest& manifest,
             const std::string& password)
    : options_(options),
      district_(std::move(district)),
      leaks_(std::move(leaks)),
      manifest_(manifest),
      rng_(options.seed ^ 0x5eedULL),
      epoll_fd_(::epoll_create1(EPOLL_CLOEXEC)),
      parts_(district_.devices.size()) {
    const std::size_t devices = district_.devices.size();
    rate_per_s_ = options_.rate_per_s >= 0 ? options_.rate_per_s
                                           : static_cast<double>(devices) / options_.interval_s;
    // A stride prime to the number of devices visits each once a round, far from its neighbours.
    stride_ = static_cast<std::uint64_t>(static_cast<double>(devices) * kGoldenRatio) | 1U;
    while (devices > 1 && std::gcd(stride_, std::uint64_t{devices}) != 1) stride_ += 2;
    day_start_ms_ = options_.start_hour * kMsPerHour;
    for (Device& device : district_.devices) {
        if (!rng_.chance(options_.skew)) continue;
        device.clock_offset_ms =
            static_cast<std::int64_t>(rng_.between(-1000, 1000) * options_.skew_by_s);
    }
    connect(password);
}

Fleet::~Fleet() {
    connections_.clear();
    ::close(epoll_fd_);
}

void Fleet::connect(const std::string& password) {
    for (std::size_t i = 0; i <= options_.connections; ++i) {
        ConnectionOptions connection;
        connection.host = options_.host;
        connection.port = options_.port;
        connection.login.client_id =
            options_.client_id + '-' + std::to_string(::getpid()) + '-' + std::to_string(i);
        connection.login.username = options_.username;
        connection.login.password = password;
        connection.login.keep_alive_s = 30;
        connection.window = options_.window;
        connection.seed = rng_.next();
        MqttConnection::Handlers handlers;
        handlers.on_puback = [this](std::uint64_t token) { on_puback(token); };
        if (i == 0) {
            connection.filters = {"gas/v1/+/+/command", "gas/v1/+/+/ack"};
            handlers.on_message = [this](std::string_view topic, std::string_view payload) {
                on_message(topic, payload);
            };
        }
        connections_.push_back(std::make_unique<MqttConnection>(std::move(connection),
                                                                std::move(handlers), epoll_fd_, i));
    }
}

void Fleet::start(MonoTime now) {
    started_ = true;
    started_at_ = schedule_from_ = next_progress_ = now;
    started_ms_ =
        std::chrono::duration_cast<Millis>(std::chrono::system_clock::now().time_since_epoch())
            .count();
    if (!options_.no_online) {
        for (std::uint32_t i = 0; i < district_.devices.size(); ++i) announce(i, true);
    }
    plan_leak_events(now);
    plan_dropouts(now);
}

void Fleet::plan_leak_events(MonoTime now) {
    for (std::size_t i = 0; i < leaks_.size(); ++i) {
        const Leak& leak = leaks_[i];
        for (std::size_t nth = 0; nth < leak.devices.size(); ++nth) {
            Part& part = parts_[leak.devices[nth]];
            part.leak = static_cast<std::int32_t>(i);
            part.nth = static_cast<std::uint32_t>(nth);
            part.from_ms = started_ms_ + leak.spec.at.count();
            events_.push({now + leak.spec.at, Kind::leak_report, leak.devices[nth]});
        }
    }
}

void Fleet::plan_dropouts(MonoTime now) {
    for (std::uint32_t i = 0; i < district_.devices.size(); ++i) {
        if (!rng_.chance(options_.dropout)) continue;
        const double at_s = rng_.uniform() * options_.duration_s * kDropoutWithin;
        events_.push({after(now, at_s), Kind::dropout, i});
        events_.push({after(now, at_s + options_.dropout_for_s), Kind::comeback, i});
    }
}

void Fleet::run(const std::atomic<bool>& stop) {
    bool sending = true;
    for (MonoTime now = MonoTime::clock::now();; now = MonoTime::clock::now()) {
        poll(now);
        now = MonoTime::clock::now();
        const bool all_up = std::all_of(connections_.begin(), connections_.end(),
                                        [](const auto& c) { return c->up(); });
        if (!started_ && all_up) start(now);
        if (!started_) {
            if (stop) return;
            continue;
        }
        if (sending && (stop || round_over(now))) {
            sending = false;
            ended_at_ = now;
        }
        run_events(now);
        if (sending) run_round(now);
        for (const auto& connection : connections_) connection->flush();
        progress(now);
        if (!sending && (settled() || seconds_between(ended_at_, now) > options_.drain_s)) break;
    }
    for (const auto& connection : connections_) connection->close_gracefully();
    for (std::uint64_t i = 0; i < messages_.size(); ++i) {
        const Message& message = messages_[i];
        if (!message.used) continue;
        manifest_.write(message, district_.devices[message.device], leak_id(message.leak));
    }
    manifest_.flush();
}

void Fleet::poll(MonoTime now) {
    for (const auto& connection : connections_) connection->tick(now);
    std::array<epoll_event, kEventsPerPoll> ready{};
    const int count = ::epoll_wait(epoll_fd_, ready.data(), kEventsPerPoll, kPollMs);
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = ready[static_cast<std::size_t>(i)];
        connections_[event.data.u64]->on_event(event.events, now);
    }
}

void Fleet::run_events(MonoTime now) {
    while (!events_.empty() && events_.top().at <= now) {
        const Event event = events_.top();
        events_.pop();
        run_event(event, now);
    }
}

void Fleet::run_event(const Event& event, MonoTime now) {
    const auto device = static_cast<std::uint32_t>(event.subject);
    const bool sending = ended_at_ == MonoTime{};
    switch (event.kind) {
        case Kind::leak_report:
            if (sending) report_leak(device, now);
            return;
        case Kind::late_message:
            return hand_over(event.subject, 1);
        case Kind::repeat:
            return repeat(event.subject, now);
        case Kind::valve:
            return answer(commands_[event.subject], now);
        case Kind::dropout:
        case Kind::comeback:
            if (!sending) return;
            district_.devices[device].silent = event.kind == Kind::dropout;
            if (!options_.no_online) announce(device, event.kind == Kind::comeback);
            return;
    }
}

bool Fleet::round_over(MonoTime now) const {
    if (options_.count > 0 && round_sent_ >= options_.count) return true;
    return seconds_between(started_at_, now) >= options_.duration_s;
}

void Fleet::run_round(MonoTime now) {
    std::uint64_t due = kRoundBatchMax;  // With no rate: as much as the windows take.
    if (rate_per_s_ > 0) {
        due = static_cast<std::uint64_t>(seconds_between(schedule_from_, now) * rate_per_s_);
        const std::uint64_t behind = due > schedule_sent_ ? due - schedule_sent_ : 0;
        const double lag_s = static_cast<double>(behind) / rate_per_s_;
        counters_.lag_s_max = std::max(counters_.lag_s_max, lag_s);
        if (lag_s > static_cast<double>(kCatchUpMax.count()) && options_.count == 0) {
            counters_.held_back += behind;
            schedule_sent_ = due;
        }
        due -= std::min(due, schedule_sent_);
    }
    if (options_.count > 0) due = std::min(due, options_.count - round_sent_);
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(due, kRoundBatchMax); ++i) {
        if (!next_of_round(now)) return;
        ++round_sent_;
        ++schedule_sent_;
    }
}

bool Fleet::next_of_round(MonoTime now) {
    const std::size_t devices = district_.devices.size();
    for (std::size_t tried = 0; tried < devices; ++tried) {
        const auto index = static_cast<std::uint32_t>(turn_ * stride_ % devices);
        const Device& device = district_.devices[index];
        if (device.leak >= 0 || device.silent) {
            ++turn_;
            continue;
        }
        if (!connection_of(index).has_room()) return false;
        ++turn_;
        emit(index, now);
        return true;
    }
    return false;
}

bool Fleet::settled() const {
    if (free_messages_.size() != messages_.size()) return false;
    return std::all_of(connections_.begin(), connections_.end(),
                       [](const auto& c) { return c->unacknowledged() == 0; });
}

bool Fleet::all_acknowledged() const {
    return started_ && settled();
}

void Fleet::progress(MonoTime now) {
    if (now < next_progress_) return;
    next_progress_ = now + 1s;
    manifest_.flush();
    if (options_.quiet) return;
    std::fprintf(stderr, "fleet: %5.0f s  sent %llu  acked %llu  alarms %llu  valves closed %llu\n",
                 seconds_between(started_at_, now), static_cast<unsigned long long>(counters_.sent),
                 static_cast<unsigned long long>(counters_.acked),
                 static_cast<unsigned long long>(counters_.alarms),
                 static_cast<unsigned long long>(counters_.valves_closed));
}

}  // namespace mercaptan::fleet
