// The index that lists alarms newest first, over commits and restarts.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "processor/core/ids.h"
#include "processor/io/tables.h"
#include "processor/processor.h"
#include "tests/support/engine_driver.h"
#include "tests/support/memory_store.h"
#include "tests/support/repair_names.h"

namespace mercaptan::processor::test {
namespace {

using ::testing::ElementsAre;

/// A processor that unreadable messages of alarm topics come to: each is an alarm of its device.
class AlarmOrder : public testing::Test {
protected:
    void SetUp() override { start(); }

    void start() {
        auto opened = Processor::open({}, std::make_shared<const Rulebook>(standard_rulebook()),
                                      store_, now_);
        ASSERT_TRUE(opened) << opened.error().message;
        processor_ = std::move(*opened);
    }
    void raise(const std::string& device, std::int64_t at_ms) {
        wire::Uplink uplink;
        uplink.set_version(1);
        uplink.set_gateway("gw-1");
        uplink.set_epoch(1);
        uplink.set_seq(++seq_);
        uplink.set_oldest_seq(1);
        uplink.set_emergency(true);
        wire::Item& item = *uplink.add_items();
        item.set_origin_epoch(1);
        item.set_origin_seq(seq_);
        item.set_received_at_ms(kStart.ms + at_ms);
        wire::Unreadable& unreadable = *item.mutable_unreadable();
        unreadable.set_site("site-" + device);
        unreadable.set_device(device);
        unreadable.set_on_alarm_topic(true);
        processor_->on_uplink("mercaptan/v1/up/gw-1/emergency", uplink.SerializeAsString(), now_);
    }
    void end_ticket_of(const std::string& device) {
        for (const TicketEvent& event : std::initializer_list<TicketEvent>{
                 RepairEvent::accept, RepairEvent::depart, RepairEvent::arrive,
                 RepairEvent::make_safe, RepairEvent::repair, RepairEvent::close}) {
            TicketCommand what;
            what.ticket_id = processor_->engine().find_alarm(id_of(device))->ticket_id;
            what.event = event;
            OperatorCommand command;
            command.actor = "crew-1";
            command.what = what;
            processor_->on_command(command, std::nullopt, now_);
        }
    }
    void commit() {
        const auto commit = processor_->close(now_);
        ASSERT_TRUE(store_.write(commit->batch, store::Sync::yes));
    }
    static std::string id_of(const std::string& device) {
        return alarm_id("site-" + device, device, "device.unreadable_alarm");
    }
    /// The devices of the alarms, as the index lists them.
    [[nodiscard]] std::vector<std::string> order() const {
        std::vector<std::string> devices;
        EXPECT_TRUE(store_.scan(
            table(StoreTable::alarm_order), {}, {}, [&](std::string_view key, std::string_view) {
                const Alarm* alarm = processor_->engine().find_alarm(alarm_of_order_key(key));
                EXPECT_NE(alarm, nullptr);
                if (alarm != nullptr) devices.push_back(alarm->device.str());
                return true;
            }));
        return devices;
    }

    mercaptan::test::MemoryStore store_;
    Instant now_ = kStart;
    std::uint64_t seq_ = 0;
    std::unique_ptr<Processor> processor_;
};

TEST_F(AlarmOrder, AnAlarmThatIsRaisedAgainMovesToTheFront) {
    raise("a", 1);
    raise("b", 2);
    commit();
    EXPECT_THAT(order(), ElementsAre("b", "a"));
    start();
    end_ticket_of("a");
    commit();
    EXPECT_THAT(order(), ElementsAre("b", "a")) << "still of when it was raised";
    now_ = now_ + Duration{100};
    raise("a", 100);
    raise("c", 50);
    commit();
    EXPECT_THAT(order(), ElementsAre("a", "c", "b"));
}

TEST_F(AlarmOrder, AStoreWithoutItGetsIt) {
    raise("a", 1);
    raise("b", 2);
    commit();
    store_.drop(table(StoreTable::alarm_order), [](std::string_view) { return true; });
    std::string stray;
    alarm_order_key(stray, kStart, "A-of-nobody");
    store::Batch batch;
    batch.put(table(StoreTable::alarm_order), stray, {});
    ASSERT_TRUE(store_.write(batch, store::Sync::yes));
    start();
    ASSERT_TRUE(processor_->pending());
    commit();
    EXPECT_THAT(order(), ElementsAre("b", "a"));
    start();
    EXPECT_FALSE(processor_->pending()) << "there is nothing to mend";
}

}  // namespace
}  // namespace mercaptan::processor::test
