/* Prints "struct.field offset size" of every struct of the ABI, for bindings to compare with. */
#include <carve.h>

#include <stdio.h>

#define STRUCT(type) printf("%s %d %zu\n", #type, 0, sizeof(type))
#define FIELD(type, field)                                                                         \
    printf("%s.%s %zu %zu\n", #type, #field, offsetof(type, field), sizeof(((type*)0)->field))

static void print_model(void) {
    STRUCT(carve_model);
    FIELD(carve_model, struct_size);
    FIELD(carve_model, precision);
    FIELD(carve_model, isa);
    FIELD(carve_model, lane_bytes);
    FIELD(carve_model, n_replicas);
    FIELD(carve_model, gradient);
    FIELD(carve_model, batch);
    FIELD(carve_model, form);
    FIELD(carve_model, n_populations);
    FIELD(carve_model, n_projections);
    FIELD(carve_model, n_rules);
    FIELD(carve_model, layout);
    FIELD(carve_model, max_steps);
    FIELD(carve_model, bound);
    FIELD(carve_model, dt);
    FIELD(carve_model, surrogate);
    FIELD(carve_model, populations);
    FIELD(carve_model, projections);
    FIELD(carve_model, rules);
}

static void print_parts(void) {
    STRUCT(carve_population);
    FIELD(carve_population, struct_size);
    FIELD(carve_population, kind);
    FIELD(carve_population, n_units);
    FIELD(carve_population, activation);
    FIELD(carve_population, shared);
    FIELD(carve_population, fixed);
    FIELD(carve_population, source);
    FIELD(carve_population, n_groups);
    FIELD(carve_population, signal);
    FIELD(carve_population, synapses);
    FIELD(carve_population, scored);
    FIELD(carve_population, reserved);
    FIELD(carve_population, t_ref);
    FIELD(carve_population, rate);
    FIELD(carve_population, signal_gain);
    FIELD(carve_population, signal_tau);
    FIELD(carve_population, tau_m);
    FIELD(carve_population, tau_exc);
    FIELD(carve_population, tau_inh);
    FIELD(carve_population, v_rest);
    FIELD(carve_population, v_reset);
    FIELD(carve_population, v_threshold);
    FIELD(carve_population, v_exc);
    FIELD(carve_population, v_inh);
    FIELD(carve_population, drive);
    FIELD(carve_population, rate_tau);
    FIELD(carve_population, rate_start);
    FIELD(carve_population, rate_low);
    FIELD(carve_population, rate_high);
    FIELD(carve_population, rate_target);
    FIELD(carve_population, rate_offset);
    STRUCT(carve_projection);
    FIELD(carve_projection, struct_size);
    FIELD(carve_projection, pre);
    FIELD(carve_projection, post);
    FIELD(carve_projection, connectivity);
    FIELD(carve_projection, rule);
    FIELD(carve_projection, inference);
    FIELD(carve_projection, n_sweeps);
    FIELD(carve_projection, mask_from);
    FIELD(carve_projection, presynaptic);
    FIELD(carve_projection, reserved);
    FIELD(carve_projection, eta);
    FIELD(carve_projection, w_min);
    FIELD(carve_projection, w_max);
    FIELD(carve_projection, w_mean);
    FIELD(carve_projection, w_sd);
    FIELD(carve_projection, receptor);
    FIELD(carve_projection, delay);
    FIELD(carve_projection, coincidence);
    FIELD(carve_projection, tuning);
    FIELD(carve_projection, gain);
    STRUCT(carve_rule);
    FIELD(carve_rule, struct_size);
    FIELD(carve_rule, shared);
    FIELD(carve_rule, terms);
    FIELD(carve_rule, kind);
    FIELD(carve_rule, trace_jump);
}

static void print_results(void) {
    STRUCT(carve_view);
    FIELD(carve_view, data);
    FIELD(carve_view, ndim);
    FIELD(carve_view, type);
    FIELD(carve_view, shape);
    FIELD(carve_view, stride);
    STRUCT(carve_sim_info);
    FIELD(carve_sim_info, struct_size);
    FIELD(carve_sim_info, precision);
    FIELD(carve_sim_info, isa);
    FIELD(carve_sim_info, form);
    FIELD(carve_sim_info, n_replicas);
    FIELD(carve_sim_info, lanes_per_block);
    FIELD(carve_sim_info, n_blocks);
    FIELD(carve_sim_info, n_coefficients);
    FIELD(carve_sim_info, n_frozen);
    FIELD(carve_sim_info, layout);
    FIELD(carve_sim_info, steps);
    FIELD(carve_sim_info, bytes);
    STRUCT(carve_loss);
    FIELD(carve_loss, struct_size);
    FIELD(carve_loss, kind);
    FIELD(carve_loss, projection);
    FIELD(carve_loss, target_shared);
    FIELD(carve_loss, target);
    FIELD(carve_loss, population);
    FIELD(carve_loss, other);
    STRUCT(carve_spike);
    FIELD(carve_spike, step);
    FIELD(carve_spike, population);
    FIELD(carve_spike, unit);
    FIELD(carve_spike, lane);
    FIELD(carve_spike, reserved);
    STRUCT(carve_spike_list);
    FIELD(carve_spike_list, spikes);
    FIELD(carve_spike_list, n_spikes);
    STRUCT(carve_recorder);
    FIELD(carve_recorder, struct_size);
    FIELD(carve_recorder, reserved);
    FIELD(carve_recorder, spikes);
    FIELD(carve_recorder, capacity);
    FIELD(carve_recorder, n_written);
    FIELD(carve_recorder, n_read);
    FIELD(carve_recorder, n_lost);
}

int main(void) {
    print_model();
    print_parts();
    print_results();
    return 0;
}
