package io.github.cloze4j.kernel.cuda.driver;

import static io.github.cloze4j.kernel.cuda.driver.CudaStatus.check;
import static org.bytedeco.cuda.global.cudart.*;

import org.bytedeco.cuda.cudart.CUgraphExecUpdateResultInfo_v1;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.bytedeco.cuda.cudart.CUstream_st;

/** A graph of the driver's. */
final class BytedecoGraph implements CapturedGraph {
    private static final int NO_FLAGS = 0;

    private final CUgraph_st graph;
    private final CUstream_st stream;

    /** @param stream to run on */
    BytedecoGraph(CUgraph_st graph, CUstream_st stream) {
        this.graph = graph;
        this.stream = stream;
    }

    @Override
    public ExecutableGraph instantiate() {
        CUgraphExec_st executable = new CUgraphExec_st();
        check(cuGraphInstantiate(executable, graph, NO_FLAGS), "cuGraphInstantiate");
        return new Executable(executable, stream);
    }

    @Override
    public void close() {
        check(cuGraphDestroy(graph), "cuGraphDestroy");
    }

    private record Executable(CUgraphExec_st executable, CUstream_st stream) implements ExecutableGraph {
        @Override
        public boolean update(CapturedGraph captured) {
            CUgraph_st graph = ((BytedecoGraph) captured).graph;
            try (CUgraphExecUpdateResultInfo_v1 result = new CUgraphExecUpdateResultInfo_v1()) {
                int status = cuGraphExecUpdate(executable, graph, result);
                if (status != CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE) {
                    check(status, "cuGraphExecUpdate");
                }
                return status == CUDA_SUCCESS;
            }
        }

        @Override
        public void launch() {
            check(cuGraphLaunch(executable, stream), "cuGraphLaunch");
        }

        /** What runs is freed when it has run. */
        @Override
        public void close() {
            check(cuGraphExecDestroy(executable), "cuGraphExecDestroy");
        }
    }
}
