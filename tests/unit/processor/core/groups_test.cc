// What belongs together: the devices behind a silent gateway are one alarm, several emergencies of
// a zone are one incident. Neither takes anything from anybody: who is still silent afterwards says
// so, and each address keeps its ticket.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "processor/core/gateway_table.h"
#include "tests/support/engine_driver.h"

namespace mercaptan::processor::test {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;

Condition group(std::string id, Input input, TicketClass ticket) {
    Condition condition;
    condition.id = std::move(id);
    condition.input = input;
    condition.ticket = ticket;
    condition.latched = ticket == TicketClass::one;
    return condition;
}

std::string numbered(const char* prefix, int number) {
    return prefix + std::to_string(number);
}

/// Intervals of a gateway's devices and for how long nothing came: is it the gateway's silence?
TEST(GatewayTable, TwoOfItsDevicesShouldHaveBeenHeard) {
    struct Row {
        const char* what;
        std::vector<std::uint32_t> intervals_s;
        Duration quiet;
        bool overdue;
    };
    const Row rows[] = {
        {"no device", {}, 24h, false},
        {"one device may itself be broken", {60}, 24h, false},
        {"two of a minute", {60, 60}, 90s, true},
        {"they may be late", {60, 60}, 89s, false},
        {"a detector beside meters of a day", {60, 86'400, 86'400}, 1h, false},
        {"until one of those is late too", {60, 86'400, 86'400}, 36h, true},
        {"whatever the order", {86'400, 60, 30, 86'400}, 90s, true},
        {"devices that report when they like", {0, 0, 0}, 24h, false},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.what);
        GatewayTable gateways;
        for (std::uint32_t device = 0; device < row.intervals_s.size(); ++device)
            gateways.add(1, device, row.intervals_s[device]);
        EXPECT_FALSE(gateways.hear(1, kStart));
        EXPECT_EQ(gateways.overdue(1, kStart + row.quiet, 2.5), row.overdue);
    }
}

/// Detectors that report once a minute, a second after one another, behind gw-1; two more behind
/// gw-2.
class Gateways : public testing::Test {
protected:
    static constexpr int kBehind = 40;

    static Rulebook rulebook(TicketClass offline = TicketClass::two) {
        Rulebook rulebook = standard_rulebook();
        for (Condition& condition : rulebook.rules.conditions)
            if (condition.id == "device.offline") condition.ticket = offline;
        rulebook.rules.conditions.push_back(
            group("gateway.silent", Input::gateway, TicketClass::two));
        for (int i = 0; i < kBehind + 2; ++i) {
            RegistryEntry entry = registered("site-" + std::to_string(i / 4), numbered("det-", i));
            entry.expected_interval = 60s;
            rulebook.registry.push_back(entry);
        }
        return rulebook;
    }
    static std::string_view gateway_of(int i) { return i < kBehind ? "gw-1" : "gw-2"; }

    /// For so many minutes those of whom `speaks(i)` report.
    template <class Speaks>
    void pass(EngineDriver& district, int minutes, const Speaks& speaks) {
        for (int second = 0; second < minutes * 60; ++second) {
            const int i = second % 60;
            if (i < kBehind + 2 && speaks(i)) {
                const std::string site = "site-" + std::to_string(i / 4);
                const std::string device = numbered("det-", i);
                (void)district.read({.site = site,
                                     .device = device,
                                     .values = {{Quantity::ch4_lel_pct, 0}},
                                     .gateway = gateway_of(i)});
            }
            district.wait(1s);
        }
    }
    static std::vector<int> offline(const EngineDriver& district) {
        std::vector<int> found;
        for (int i = 0; i < kBehind + 2; ++i) {
            const auto alarm = district.alarm("device.offline", numbered("det-", i));
            if (alarm && alarm->active) found.push_back(i);
        }
        return found;
    }
    static bool gateway_silent(const EngineDriver& district, std::string_view gateway = "gw-1") {
        const auto alarm = district.alarm("gateway.silent", gateway);
        return alarm && alarm->active;
    }
    static constexpr auto kAll = [](int) { return true; };
    static constexpr auto kOthers = [](int i) { return i >= kBehind; };
};

TEST_F(Gateways, ADeadOneIsOneAlarmThatListsTheDevicesBehindIt) {
    EngineDriver district{rulebook()};
    pass(district, 3, kAll);
    pass(district, 10, kOthers);
    EXPECT_TRUE(gateway_silent(district));
    EXPECT_FALSE(gateway_silent(district, "gw-2"));
    EXPECT_THAT(offline(district), IsEmpty());
    const Ticket ticket = district.only_ticket();
    EXPECT_EQ(ticket.cause.condition, "gateway.silent");
    EXPECT_EQ(ticket.ticket_class, TicketClass::two);
    std::set<std::string> listed;
    for (const LogEntry& line : district.log(ticket.id))
        if (line.event == TicketEvent::joined) listed.insert(line.actor);
    EXPECT_THAT(listed, SizeIs(kBehind));
    EXPECT_TRUE(listed.contains("site-9/det-39"));
    EXPECT_THAT(ticket.devices, SizeIs(kBehind + 1)) << "the gateway and what is behind it";
}

TEST_F(Gateways, WhoIsStillSilentAfterItsReturnSaysSoAfterItsInterval) {
    for (const bool restarted : {false, true}) {
        SCOPED_TRACE(restarted ? "with a restart" : "without a restart");
        EngineDriver district{rulebook()};
        pass(district, 3, kAll);
        pass(district, 10, kOthers);
        if (restarted) district.restart(1min);
        EXPECT_TRUE(gateway_silent(district));
        const auto but_two = [](int i) { return i != 7 && i != 11; };
        pass(district, 2, but_two);
        EXPECT_FALSE(gateway_silent(district));
        EXPECT_THAT(offline(district), IsEmpty()) << "they have their whole time";
        pass(district, 3, but_two);
        EXPECT_EQ(offline(district), (std::vector<int>{7, 11}));
        pass(district, 2, kAll);
        EXPECT_THAT(offline(district), IsEmpty());
    }
}

TEST_F(Gateways, ADeviceBehindALivingOneSpeaksForItself) {
    EngineDriver district{rulebook()};
    pass(district, 3, kAll);
    pass(district, 5, [](int i) { return i != 7; });
    EXPECT_EQ(offline(district), std::vector<int>{7});
    EXPECT_FALSE(gateway_silent(district));
    pass(district, 10, kOthers);
    EXPECT_TRUE(gateway_silent(district));
    EXPECT_EQ(offline(district), std::vector<int>{7}) << "what was said before stays said";
}

TEST_F(Gateways, AnEmergencyIsNeverHeldBack) {
    EngineDriver district{rulebook(TicketClass::one)};
    pass(district, 3, kAll);
    pass(district, 5, kOthers);
    EXPECT_TRUE(gateway_silent(district));
    EXPECT_THAT(offline(district), SizeIs(kBehind));
}

TEST_F(Gateways, RulesThatKnowNoneLetEveryDeviceSpeak) {
    EngineDriver district{rulebook()};
    pass(district, 3, kAll);
    pass(district, 5, kOthers);
    Rulebook without = rulebook();
    without.rules.conditions.pop_back();
    district.record(Reload{std::make_shared<const Rulebook>(without)});
    pass(district, 4, kOthers);
    EXPECT_THAT(offline(district), SizeIs(kBehind));
}

class Areas : public testing::Test {
protected:
    static Rulebook rulebook(int sites, bool with_areas = true) {
        Rulebook rulebook = standard_rulebook();
        if (with_areas)
            rulebook.rules.conditions.push_back(
                group("area.incident", Input::area, TicketClass::one));
        for (int i = 0; i < sites; ++i) {
            RegistryEntry entry = registered(numbered("site-", i), numbered("det-", i));
            entry.zone = i % 10 == 9 ? "south" : "north";
            rulebook.registry.push_back(entry);
        }
        return rulebook;
    }
    static void leak(EngineDriver& district, int i, double lel_pct = 30) {
        (void)district.gas(lel_pct, numbered("det-", i), numbered("site-", i));
    }
    static std::optional<Ticket> area_ticket(const EngineDriver& district) {
        for (const Ticket& ticket : district.tickets())
            if (ticket.cause.condition == "area.incident") return ticket;
        return std::nullopt;
    }
    static std::set<std::string> addresses(const EngineDriver& district) {
        std::set<std::string> listed;
        const auto ticket = area_ticket(district);
        if (!ticket) return listed;
        for (const LogEntry& line : district.log(ticket->id))
            if (line.event == TicketEvent::joined)
                listed.insert(line.note.substr(line.note.find(' ') + 1));
        return listed;
    }
};

TEST_F(Areas, SeveralSitesOfAZoneWithinTheWindow) {
    struct Row {
        const char* what;
        std::vector<int> sites;
        Duration apart;
        bool incident;
        double lel_pct = 30;
    };
    const Row rows[] = {
        {"five", {0, 1, 2, 3, 4}, 2min, true},
        {"four", {0, 1, 2, 3}, 2min, false},
        {"five, but one of another zone", {0, 1, 2, 3, 9}, 2min, false},
        {"five in too long a time", {0, 1, 2, 3, 4}, 151s, false},
        {"five and the newest within the window", {0, 1, 2, 3, 4, 5}, 150s, true},
        {"the same site again", {0, 1, 2, 3, 3, 3}, 1min, false},
        {"five of Class 2", {0, 1, 2, 3, 4}, 1min, false, 12},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.what);
        EngineDriver district{rulebook(10)};
        for (const int site : row.sites) {
            leak(district, site, row.lel_pct);
            district.wait(row.apart);
        }
        EXPECT_EQ(area_ticket(district).has_value(), row.incident);
        const std::set<int> sites(row.sites.begin(), row.sites.end());
        EXPECT_THAT(district.tickets(), SizeIs(sites.size() + (row.incident ? 1 : 0)))
            << "each address keeps its own ticket";
    }
}

TEST_F(Areas, ItsTicketIsOfTheHighestPriorityAndListsEveryAddress) {
    EngineDriver district{rulebook(8)};
    for (int i = 0; i < 8; ++i) leak(district, i);
    FaultReport report;
    report.kind = TicketKind::repair;
    report.symptom = Symptom::gas_smell;
    report.channel = "hotline";
    report.site = "house-12";
    report.zone = "north";
    (void)district.command("agent-1", report);
    const auto ticket = area_ticket(district);
    ASSERT_TRUE(ticket);
    EXPECT_EQ(ticket->ticket_class, TicketClass::one);
    EXPECT_EQ(ticket->zone, "north");
    EXPECT_THAT(addresses(district),
                testing::UnorderedElementsAre("site-0", "site-1", "site-2", "site-3", "site-4",
                                              "site-5", "site-6", "site-7", "house-12"));
    EXPECT_THAT(district.effects<Page>(), SizeIs(1)) << "one page";
    EXPECT_EQ(district.effects<Page>()[0].ticket_id, ticket->id);
}

TEST_F(Areas, ARestartForgetsNothing) {
    EngineDriver district{rulebook(10)};
    for (int i = 0; i < 4; ++i) leak(district, i);
    district.restart(1min);
    EXPECT_FALSE(area_ticket(district));
    leak(district, 4);
    ASSERT_TRUE(area_ticket(district));
    district.restart(1min);
    leak(district, 5);
    EXPECT_THAT(addresses(district), SizeIs(6));
    const std::size_t pages = district.effects<Page>().size();
    district.wait(5min);
    EXPECT_GT(district.effects<Page>().size(), pages) << "some may have been waiting";
}

/// 5,000 sites of one zone within ten minutes, and no crew on duty: every ticket wants a page.
TEST_F(Areas, AMainBreakPagesAtMostTenTimesInTenMinutes) {
    static constexpr int kSites = 5000;
    const auto pages = [](bool with_areas, std::set<std::string>& listed) {
        Rulebook broken = rulebook(0, with_areas);
        for (int i = 0; i < kSites; ++i)
            broken.registry.push_back(registered(numbered("site-", i), numbered("det-", i)));
        broken.roster.crews.clear();
        EngineDriver district{broken};
        for (int i = 0; i < kSites; ++i) {
            leak(district, i);
            district.wait(100ms);
        }
        district.wait(10min - kSites * 100ms);
        EXPECT_THAT(district.tickets(), SizeIs(kSites + (with_areas ? 1 : 0)));
        listed = addresses(district);
        return district.effects<Page>();
    };
    std::set<std::string> listed;
    EXPECT_GE(pages(/*with_areas=*/false, listed).size(), static_cast<std::size_t>(kSites));
    const std::vector<Page> few = pages(/*with_areas=*/true, listed);
    EXPECT_LE(few.size(), 10U);
    EXPECT_GT(few.size(), 4U);
    EXPECT_THAT(listed, SizeIs(kSites));
    EXPECT_THAT(few.back().reason, testing::StartsWith("area incident, addresses: "));
}

TEST_F(Areas, WhatWaitsIsPagedToTheHighestLevelThatAsked) {
    AreaTable areas;
    const AreaRule rule;
    EXPECT_TRUE(areas.page(1, {}, kStart, rule).now);
    const auto turn = areas.page(1, {1, "supervisor"}, kStart + 1s, rule);
    EXPECT_FALSE(turn.now);
    EXPECT_EQ(turn.due, kStart + rule.page_every);
    EXPECT_FALSE(areas.page(1, {3, "director"}, kStart + 2s, rule).due);
    EXPECT_FALSE(areas.page(1, {2, "manager"}, kStart + 3s, rule).due);
    EXPECT_TRUE(areas.page(2, {}, kStart + 3s, rule).now) << "of another zone";
    const auto call = areas.take_waiting(1, kStart + rule.page_every);
    ASSERT_TRUE(call);
    EXPECT_EQ(call->role, "director");
    EXPECT_FALSE(areas.take_waiting(1, kStart + rule.page_every));
}

}  // namespace
}  // namespace mercaptan::processor::test
