// What was recorded comes out again, byte for byte, whatever happened: readings in any order and
// twice, wills, unreadable messages, valve reports, people's commands, new rules, ticks,
// deliveries, restarts, and processes that died before their last commit was on disk.

#include "processor/io/replay.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/wire/uplink.pb.h"
#include "processor/io/starts.h"
#include "processor/io/tables.h"
#include "processor/io/what_if.h"
#include "processor/processor.h"
#include "tests/support/engine_driver.h"
#include "tests/support/memory_store.h"

namespace mercaptan::processor::test {
namespace {

using namespace std::chrono_literals;

/// The rows that say what was decided, in the order in which they were written.
std::string decisions_of(const Commit& commit) {
    std::string all;
    commit.batch.for_each(
        [&](const store::Batch::Write& write, std::string_view key, std::string_view value) {
            switch (static_cast<StoreTable>(write.table)) {
                case StoreTable::devices:
                case StoreTable::alarms:
                case StoreTable::tickets:
                case StoreTable::ticket_log:
                case StoreTable::idempotency:
                case StoreTable::alarm_log:
                    break;
                case StoreTable::effects:
                    if (write.kind == store::Batch::Write::Kind::put) break;
                    return;
                default:
                    return;
            }
            all.append(key).append(" = ").append(value).append("\n");
        });
    return all;
}

/// Two editions of the rules: the second has lower set-points and another order.
std::shared_ptr<const Rulebook> edition(const std::string& content) {
    Rulebook rulebook = standard_rulebook();
    rulebook.content = content;
    rulebook.rules.version = "r-" + content;
    if (content == "second") {
        auto& conditions = rulebook.rules.conditions;
        std::reverse(conditions.begin(), conditions.end());
        for (Condition& condition : conditions) {
            if (condition.id == "gas.alarm") condition.bands = {{.set = 15, .clear = 12}};
            condition.off_delay = 30s;
        }
    }
    rulebook.registry = {};
    for (const char* site : {"site-1", "site-2"}) {
        for (const char* device : {"det-1", "det-2", "det-3"}) {
            RegistryEntry entry = registered(site, device);
            entry.expected_interval = 60s;
            rulebook.registry.push_back(entry);
        }
    }
    return std::make_shared<const Rulebook>(std::move(rulebook));
}

enum class Act : int {
    reading,
    copy,
    skewed,
    online,
    unreadable,
    valve,
    report,
    ticket_event,
    alarm_event,
    reload,
    tick,
    sent,
    commit,
    restart,
    crash,
};

/// A step of a history: what, and three numbers that say which, how much, when.
using Step = std::tuple<int, int, int, int>;

/// The processor that runs first, on a store that outlives it.
class Recorder {
public:
    Recorder() { open(); }

    void play(const Step& step) {
        const auto [weight, which, much, wait] = step;
        now_ = now_ + Duration{wait};
        act(act_of(weight), static_cast<std::size_t>(which), static_cast<unsigned>(much));
        if (processor_->urgent() && which % 3 == 0) commit();
    }
    void commit() {
        if (!processor_->pending()) return;
        auto commit = processor_->close(now_);
        RC_ASSERT(store_.write(commit->batch, store::Sync::yes).has_value());
        decisions_[commit->seq] = decisions_of(*commit);
        for (const Outgoing& effect : commit->effects) unsent_.push_back(effect);
        processor_->recycle(std::move(commit));
    }

    [[nodiscard]] const mercaptan::test::MemoryStore& store() const { return store_; }
    [[nodiscard]] const std::map<std::uint64_t, std::string>& decisions() const {
        return decisions_;
    }

private:
    static Act act_of(int weight) {
        if (weight < 40) return Act::reading;
        return weight < 54 ? static_cast<Act>(weight - 39) : Act::commit;
    }
    void open() {
        RC_ASSERT(keep_start(store_, now_).has_value());
        auto opened = Processor::open({}, edition(content_), store_, now_);
        RC_ASSERT(opened.has_value());
        processor_ = *std::move(opened);
        (void)processor_->take_unsent();
        unsent_.clear();
    }
    void act(Act act, std::size_t which, unsigned much) {
        switch (act) {
            case Act::reading:
                return read(which, much, now_, ++device_seq_[which % 6]);
            case Act::copy:
                return read(which, much, now_ - 1min, device_seq_[which % 6]);
            case Act::skewed:
                return read(which, much, now_ + Duration{(static_cast<int>(much) - 30) * 600'000LL},
                            much % 9);
            case Act::online: {
                wire::Online& change = *item().mutable_online();
                change.set_site(site(which));
                change.set_device(device(which));
                change.set_online(much % 2 == 0);
                return send();
            }
            case Act::unreadable: {
                wire::Unreadable& message = *item().mutable_unreadable();
                message.set_site(site(which));
                message.set_device(device(which));
                message.set_on_alarm_topic(much % 2 == 0);
                message.set_reason("not JSON");
                return send();
            }
            case Act::valve: {
                wire::ValveReport& report = *item().mutable_valve();
                report.set_site(site(which));
                report.set_valve("valve-1");
                report.set_command_id("c-" + std::to_string(much));
                report.set_outcome(static_cast<wire::ValveReport::Outcome>(much % 4));
                return send();
            }
            case Act::report: {
                FaultReport report;
                report.channel = "hotline";
                if (which % 4 != 0) report.site = site(which);
                report.symptom = static_cast<Symptom>(much % kSymptomCount);
                report.description = "smell in the stairwell";
                return command(report, "caller", much % 5 == 0 ? "key-1" : "");
            }
            case Act::ticket_event:
                return ticket_event(which, much);
            case Act::alarm_event: {
                const std::size_t count = processor_->engine().alarm_count();
                AlarmCommand event;
                if (count > 0)
                    event.alarm_id =
                        processor_->engine().alarm(static_cast<std::uint32_t>(which % count)).id;
                event.event = static_cast<AlarmEvent>(2 + much % (kAlarmEventCount - 2));
                event.until = now_ + 10min;
                return command(event, "dispatcher", {});
            }
            case Act::reload:
                content_ = much % 2 == 0 ? "first" : "second";
                return processor_->on_reload(edition(content_), now_);
            case Act::tick:
                return processor_->on_tick(now_);
            case Act::sent:
                if (unsent_.empty()) return;
                processor_->on_sent(unsent_.back().key, unsent_.back().generation);
                return unsent_.pop_back();
            case Act::commit:
                return commit();
            case Act::restart:
                commit();
                [[fallthrough]];
            case Act::crash:  // What was not committed is gone.
                now_ = now_ + Duration{much * 1000LL};
                return open();
        }
    }
    void ticket_event(std::size_t which, unsigned much) {
        static const std::vector<std::string> kNames{"accept", "depart",  "arrive", "make_safe",
                                                     "repair", "close",   "cancel", "decline",
                                                     "note",   "dispatch"};
        std::vector<std::string> ids;
        RC_ASSERT(store_
                      .scan(table(StoreTable::tickets), {}, {},
                            [&](std::string_view key, std::string_view) {
                                ids.emplace_back(key);
                                return true;
                            })
                      .has_value());
        TicketCommand event;
        event.ticket_id = ids.empty() ? "T-none" : ids[which % ids.size()];
        event.event = {.name = Name{kNames[much % kNames.size()]}};
        event.note = "because";
        if (much % 3 == 0) event.fields = {{.name = "result", .value = "repaired"}};
        command(event, much % 4 == 0 ? "supervisor" : "crew-1", {});
    }
    void command(std::variant<FaultReport, TicketCommand, AlarmCommand> what, std::string actor,
                 std::string key) {
        OperatorCommand command{.id = ++command_,
                                .actor = std::move(actor),
                                .idempotency_key = std::move(key),
                                .what = std::move(what)};
        const bool report = std::holds_alternative<FaultReport>(command.what);
        processor_->on_command(
            command, report ? std::optional{Reporter{.name = "Wang"}} : std::nullopt, now_);
    }
    void read(std::size_t which, unsigned much, Instant event_at, std::uint64_t seq) {
        wire::Reading& reading = *item().mutable_reading();
        reading.set_site(site(which));
        reading.set_device(device(which));
        if (which % 5 != 0) reading.set_event_at_ms(event_at.ms);
        if (which % 7 != 0) reading.set_seq(seq);
        reading.add_quantities(static_cast<std::uint32_t>(Quantity::ch4_lel_pct));
        reading.add_numbers(much);
        reading.add_quantities(static_cast<std::uint32_t>(Quantity::co_ppm));
        reading.add_numbers(much * 2);
        send();
    }
    static std::string site(std::size_t which) { return which % 2 == 0 ? "site-1" : "site-2"; }
    static std::string device(std::size_t which) {
        return "det-" + std::to_string(1 + which % 4);  // The fourth is not registered.
    }
    wire::Item& item() {
        uplink_.Clear();
        wire::Item& item = *uplink_.add_items();
        item.set_received_at_ms(now_.ms);
        item.set_origin_seq(seq_ + 1);
        return item;
    }
    void send() {
        const std::string gateway = seq_ % 4 == 0 ? "gw-2" : "gw-1";
        uplink_.set_version(1);
        uplink_.set_gateway(gateway);
        uplink_.set_epoch(5);
        uplink_.set_seq(++seq_);
        uplink_.set_oldest_seq(1);
        processor_->on_uplink("mercaptan/v1/up/" + gateway + "/bulk", uplink_.SerializeAsString(),
                              now_);
    }
    mercaptan::test::MemoryStore store_;
    Instant now_ = kStart;
    std::string content_ = "first";
    std::unique_ptr<Processor> processor_;
    std::vector<Outgoing> unsent_;
    wire::Uplink uplink_;
    std::uint64_t seq_ = 0;
    std::uint64_t command_ = 0;
    std::map<std::size_t, std::uint64_t> device_seq_;
    std::map<std::uint64_t, std::string> decisions_;
};

rc::Gen<std::vector<Step>> any_history() {
    return rc::gen::resize(
        400, rc::gen::container<std::vector<Step>>(rc::gen::tuple(
                 rc::gen::inRange(0, 60), rc::gen::inRange(0, 1000), rc::gen::inRange(0, 60),
                 rc::gen::element(0, 1, 7, 900, 5'000, 61'000, 600'000))));
}

RC_GTEST_PROP(Replay, WhatWasRecordedComesOutAgainByteForByte, ()) {
    Recorder recorder;
    for (const Step& step : *any_history()) recorder.play(step);
    recorder.commit();
    if (recorder.decisions().empty()) return;

    const auto rulebooks =
        [](const std::string& content) -> Result<std::shared_ptr<const Rulebook>> {
        return edition(content);
    };
    const auto starts = kept_starts(recorder.store());
    RC_ASSERT(starts.has_value() && !starts->empty());
    for (const Start& start : *starts) {
        ReplayRun run{recorder.store(), rulebooks};
        RC_ASSERT(run.begin(start).has_value());
        std::uint64_t last = start.commit;
        const auto done = each_row(recorder.store(), start, kInstantMax, [&](const ReplayRow& row) {
            RC_ASSERT(decode_journal(row.value, [&](const LoggedRecord& record) {
                          RC_ASSERT(run.take(row.commit, record).has_value());
                          return true;
                      }).has_value());
            const auto commit = run.close(row.head);
            RC_ASSERT(commit.has_value());
            RC_ASSERT(decisions_of(**commit) == recorder.decisions().at(row.commit));
            RC_ASSERT((*commit)->print == row.head.print);
            last = row.commit;
            return Result<void>{};
        });
        RC_ASSERT(done.has_value());
        RC_ASSERT(last == recorder.decisions().rbegin()->first);
    }
    const auto checked = replay_what_if(
        recorder.store(), {.from = kInstantMin, .to = kInstantMax, .recorded = rulebooks});
    RC_ASSERT(checked.has_value());
    RC_ASSERT(checked->commits_other == 0U);
    const auto same = replay_what_if(
        recorder.store(),
        {.from = kInstantMin, .to = kInstantMax, .recorded = rulebooks, .other = rulebooks});
    RC_ASSERT(same.has_value());
    RC_ASSERT(same->recorded == same->other);
    RC_ASSERT(same->more.empty() && same->fewer.empty() && same->changed.empty());
    RC_ASSERT(same->commands_lost == 0U && same->commands_refused == 0U);
}

}  // namespace
}  // namespace mercaptan::processor::test
