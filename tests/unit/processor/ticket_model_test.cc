#include "processor/core/ticket_model.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace mercaptan::processor {
namespace {

TEST(TicketModel, NamesKindsBothWays) {
    for (const auto kind : {TicketKind::repair, TicketKind::complaint, TicketKind::hazard,
                            TicketKind::inspection, TicketKind::callback}) {
        EXPECT_EQ(ticket_kind_from(to_string(kind)), kind);
    }
    EXPECT_EQ(to_string(TicketKind::inspection), "inspection");
    EXPECT_EQ(ticket_kind_from("Repair"), std::nullopt);
    EXPECT_EQ(ticket_kind_from(""), std::nullopt);
}

TEST(TicketModel, NamesStatesBothWays) {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < kTicketStateCount; ++i) {
        const auto state = static_cast<TicketState>(i);
        names.insert(to_string(state));
        EXPECT_EQ(ticket_state_from(to_string(state)), state);
    }
    EXPECT_EQ(names.size(), kTicketStateCount);
    EXPECT_EQ(to_string(TicketState::on_site), "on_site");
    EXPECT_EQ(ticket_state_from("done"), std::nullopt);
}

TEST(TicketModel, NamesSymptomsBothWays) {
    for (std::size_t i = 0; i < kSymptomCount; ++i) {
        const auto symptom = static_cast<Symptom>(i);
        EXPECT_EQ(symptom_from(to_string(symptom)), symptom);
    }
    EXPECT_EQ(to_string(Symptom::abnormal_flame), "abnormal_flame");
    EXPECT_EQ(symptom_from("smoke"), std::nullopt);
}

TEST(TicketModel, OperatorsSendTheFirstTwelveEventsOnly) {
    constexpr int kEventCount = static_cast<int>(TicketEvent::joined) + 1;
    std::set<std::string_view> names;
    for (int i = 0; i < kEventCount; ++i) {
        const auto event = static_cast<TicketEvent>(i);
        names.insert(to_string(event));
        const bool allowed = i < static_cast<int>(kOperatorEventCount);
        EXPECT_EQ(operator_event_from(to_string(event)),
                  allowed ? std::optional{event} : std::nullopt)
            << to_string(event);
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(kEventCount));
    EXPECT_EQ(operator_event_from("make_safe"), TicketEvent::make_safe);
    EXPECT_EQ(to_string(TicketEvent::clock_breached), "clock_breached");
}

TEST(TicketModel, NamesClockStatus) {
    EXPECT_EQ(to_string(ClockStatus::running), "running");
    EXPECT_EQ(to_string(ClockStatus::met), "met");
    EXPECT_EQ(to_string(ClockStatus::breached), "breached");
    EXPECT_EQ(to_string(ClockStatus::stopped), "stopped");
}

}  // namespace
}  // namespace mercaptan::processor
