#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/dead_rows.h"
#include "gateway/gateway.h"
#include "gateway/ports.h"
#include "tests/simulation/central_broker.h"
#include "tests/simulation/field_broker.h"
#include "tests/simulation/findings.h"
#include "tests/simulation/plan.h"
#include "tests/simulation/random.h"
#include "tests/simulation/sim_store.h"
#include "tests/simulation/timeline.h"
#include "tests/simulation/truth.h"

namespace mercaptan::simulation {

/// One gateway process: the production Gateway, its disk, its two threads as events, and a
/// supervisor that starts it again when it has died.
class GatewayNode final : public gateway::FieldPort, public gateway::CentralPort {
public:
    struct Parts {
        const Plan& plan;
        Timeline& timeline;
        Random& random;
        Truth& truth;
        Findings& findings;
        FieldBroker& field;
        CentralBroker& central;
    };
    GatewayNode(std::size_t index, Parts parts);
    GatewayNode(const GatewayNode&) = delete;
    GatewayNode& operator=(const GatewayNode&) = delete;

    void start();
    /// The process dies within its next few steps, by itself, its disk or its power.
    void doom();
    void reload();
    void heal() { healed_ = true; }

    [[nodiscard]] bool alive() const { return gateway_ != nullptr; }
    [[nodiscard]] gateway::Status status() const { return gateway_->status(); }
    [[nodiscard]] bool idle() const { return gateway_->idle(); }
    [[nodiscard]] const std::string& name() const { return name_; }

    bool publish(std::string_view topic, std::string_view payload) override;
    bool publish_command(std::string_view topic, std::string_view payload,
                         std::optional<Instant> caused_at) override;
    void set_intake(Lane lane, bool open) override;
    bool publish(std::string_view topic, std::string_view payload, std::uint64_t token) override;

private:
    /// Runs a step of the process; the process dies if the step says so or fails.
    template <class Step>
    bool live(Step&& step);
    void die();
    void open();
    [[nodiscard]] gateway::Rulebook rules() const;
    void wake(Duration within);
    void round();
    void keep_synced();
    void flush();
    bool take(Lane lane, const FieldBroker::Delivery& delivery);
    void fail(const Error& error);

    const std::size_t index_;
    const std::string name_;
    const Plan& plan_;
    Timeline& timeline_;
    Random& random_;
    Truth& truth_;
    Findings& findings_;
    FieldBroker& field_;
    CentralBroker& central_;

    Fuse fuse_;
    SimStore store_{fuse_};
    std::unique_ptr<gateway::DeadRows> dead_rows_;
    std::unique_ptr<gateway::Gateway> gateway_;
    std::uint64_t life_ = 0;
    std::optional<Instant> round_at_;
    bool sync_planned_ = false;
    bool power_cut_ = false;
    bool healed_ = false;
    std::vector<std::uint64_t> exposed_;  // Bulk messages that a power cut may take.
};

}  // namespace mercaptan::simulation
