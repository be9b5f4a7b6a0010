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
    FIELD(carve_model, layout);
    FIELD(carve_model, lane_bytes);
    FIELD(carve_model, n_replicas);
    FIELD(carve_model, gradient);
    FIELD(carve_model, batch);
    FIELD(carve_model, form);
    FIELD(carve_model, n_populations);
    FIELD(carve_model, n_projections);
    FIELD(carve_model, n_rules);
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
    FIELD(carve_population, random_id);
    FIELD(carve_population, parameters);
    STRUCT(carve_input);
    FIELD(carve_input, struct_size);
    FIELD(carve_input, shared);
    FIELD(carve_input, fixed);
    FIELD(carve_input, reserved);
    STRUCT(carve_gaussian);
    FIELD(carve_gaussian, struct_size);
    FIELD(carve_gaussian, shared);
    FIELD(carve_gaussian, fixed);
    FIELD(carve_gaussian, reserved);
    STRUCT(carve_rate);
    FIELD(carve_rate, struct_size);
    FIELD(carve_rate, activation);
    STRUCT(carve_poisson);
    FIELD(carve_poisson, struct_size);
    FIELD(carve_poisson, source);
    FIELD(carve_poisson, n_groups);
    FIELD(carve_poisson, signal);
    FIELD(carve_poisson, t_ref);
    FIELD(carve_poisson, rate);
    FIELD(carve_poisson, signal_gain);
    FIELD(carve_poisson, signal_tau);
    STRUCT(carve_receptor);
    FIELD(carve_receptor, kind);
    FIELD(carve_receptor, reserved);
    FIELD(carve_receptor, tau);
    FIELD(carve_receptor, reversal);
    FIELD(carve_receptor, reserved_values);
    STRUCT(carve_lif);
    FIELD(carve_lif, struct_size);
    FIELD(carve_lif, n_receptors);
    FIELD(carve_lif, scored);
    FIELD(carve_lif, reserved);
    FIELD(carve_lif, receptors);
    FIELD(carve_lif, tau_m);
    FIELD(carve_lif, v_rest);
    FIELD(carve_lif, v_reset);
    FIELD(carve_lif, v_threshold);
    FIELD(carve_lif, t_ref);
    FIELD(carve_lif, drive);
    FIELD(carve_lif, rate_tau);
    FIELD(carve_lif, rate_start);
    FIELD(carve_lif, rate_low);
    FIELD(carve_lif, rate_high);
    FIELD(carve_lif, rate_target);
    FIELD(carve_lif, rate_offset);
    STRUCT(carve_term);
    FIELD(carve_term, event);
    FIELD(carve_term, pre);
    FIELD(carve_term, post);
    FIELD(carve_term, pre2);
    FIELD(carve_term, post2);
    FIELD(carve_term, weight);
    FIELD(carve_term, reserved);
    STRUCT(carve_polynomial);
    FIELD(carve_polynomial, struct_size);
    FIELD(carve_polynomial, n_terms);
    FIELD(carve_polynomial, trace_jump);
    FIELD(carve_polynomial, coincidence);
    FIELD(carve_polynomial, terms);
    STRUCT(carve_rule);
    FIELD(carve_rule, struct_size);
    FIELD(carve_rule, kind);
    FIELD(carve_rule, shared);
    FIELD(carve_rule, reserved);
    FIELD(carve_rule, parameters);
    STRUCT(carve_plasticity);
    FIELD(carve_plasticity, struct_size);
    FIELD(carve_plasticity, rule);
    FIELD(carve_plasticity, presynaptic);
    FIELD(carve_plasticity, reserved);
    FIELD(carve_plasticity, eta);
    STRUCT(carve_distribution);
    FIELD(carve_distribution, distribution);
    FIELD(carve_distribution, reserved);
    FIELD(carve_distribution, a);
    FIELD(carve_distribution, b);
    STRUCT(carve_projection);
    FIELD(carve_projection, struct_size);
    FIELD(carve_projection, pre);
    FIELD(carve_projection, post);
    FIELD(carve_projection, random_id);
    FIELD(carve_projection, connectivity);
    FIELD(carve_projection, receptor);
    FIELD(carve_projection, delay);
    FIELD(carve_projection, n_plasticity);
    FIELD(carve_projection, inference);
    FIELD(carve_projection, n_sweeps);
    FIELD(carve_projection, mask_from);
    FIELD(carve_projection, tuning);
    FIELD(carve_projection, plasticity);
    FIELD(carve_projection, gain);
    FIELD(carve_projection, w_min);
    FIELD(carve_projection, w_max);
    FIELD(carve_projection, weights);
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
    FIELD(carve_spike, replica);
    FIELD(carve_spike, count);
    STRUCT(carve_stream);
    FIELD(carve_stream, type);
    FIELD(carve_stream, layout);
    FIELD(carve_stream, length);
    FIELD(carve_stream, data);
    STRUCT(carve_step);
    FIELD(carve_step, struct_size);
    FIELD(carve_step, n_inputs);
    FIELD(carve_step, n_steps);
    FIELD(carve_step, inputs);
    FIELD(carve_step, recorder);
    FIELD(carve_step, plastic);
    FIELD(carve_step, half);
    FIELD(carve_step, first_replica);
    FIELD(carve_step, n_replicas);
    STRUCT(carve_fault);
    FIELD(carve_fault, status);
    FIELD(carve_fault, reserved);
    FIELD(carve_fault, value);
    FIELD(carve_fault, where);
    FIELD(carve_fault, expected);
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
