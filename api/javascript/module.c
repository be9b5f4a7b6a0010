/* carve.wasm has no program of its own: the library is linked for what it exports. */
typedef int no_program;
