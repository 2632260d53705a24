package interop;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import software.amazon.awssdk.services.pinpoint.PinpointClient;
import software.amazon.awssdk.services.pinpoint.model.ExportJobRequest;
import software.amazon.awssdk.services.pinpoint.model.ExportJobResponse;
import software.amazon.awssdk.services.pinpoint.model.JobStatus;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * A program of the kind that users of Pinpoint run: exports all endpoints of an application and downloads the files.
 *
 * <p>It takes the steps of the Developer Guide's example on the AWS SDK for Java 2: create the job under a prefix of
 * its own, ask until it has ended, list the prefix, keep the keys that end in {@code .gz}, download them, print the
 * failures.
 */
final class EndpointExport {
    /** What came out: the finished job, everything under the prefix, the downloaded files. */
    record Result(ExportJobResponse job, List<String> keys, List<Path> files) {}

    /** The guide's example asks every 3 seconds; the emulator is quicker than AWS. */
    private static final Duration POLL_DELAY = Duration.ofMillis(50);

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** The zone's name shows in the key, and so do colons: both must survive signing and listing. */
    private static final DateTimeFormatter PREFIX_TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd-HH_mm:ss.SSS_z", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final PinpointClient pinpoint;
    private final S3Client s3;
    private final PrintStream out;

    EndpointExport(PinpointClient pinpoint, S3Client s3, PrintStream out) {
        this.pinpoint = pinpoint;
        this.s3 = s3;
        this.out = out;
    }

    Result run(String applicationId, String bucket, String roleArn, Path directory) throws InterruptedException {
        String prefix = "exports/" + applicationId + "_" + PREFIX_TIME.format(Instant.now()) + "/";
        ExportJobResponse job = await(applicationId, create(applicationId, bucket, prefix, roleArn));
        if (job.jobStatus() == JobStatus.FAILED) {
            out.println("The export job failed: " + job.id());
            printFailures(job);
            return new Result(job, List.of(), List.of());
        }
        List<String> keys = s3.listObjectsV2Paginator(list -> list.bucket(bucket).prefix(prefix)).contents().stream()
                .map(S3Object::key)
                .toList();
        List<Path> files = new ArrayList<>();
        for (String key : keys) {
            if (key.endsWith(".gz")) {
                files.add(download(bucket, key, directory));
            }
        }
        printFailures(job);
        return new Result(job, keys, files);
    }

    private String create(String applicationId, String bucket, String prefix, String roleArn) {
        ExportJobRequest request = ExportJobRequest.builder()
                .s3UrlPrefix("s3://" + bucket + "/" + prefix)
                .roleArn(roleArn)
                .build();
        String jobId = pinpoint.createExportJob(
                        create -> create.applicationId(applicationId).exportJobRequest(request))
                .exportJobResponse()
                .id();
        out.println("Export job " + jobId + " writes to " + request.s3UrlPrefix());
        return jobId;
    }

    private ExportJobResponse await(String applicationId, String jobId) throws InterruptedException {
        for (Instant end = Instant.now().plus(PATIENCE); Instant.now().isBefore(end); ) {
            ExportJobResponse job = pinpoint.getExportJob(
                            get -> get.applicationId(applicationId).jobId(jobId))
                    .exportJobResponse();
            out.println("Job status: " + job.jobStatusAsString());
            if (job.jobStatus() == JobStatus.COMPLETED || job.jobStatus() == JobStatus.FAILED) {
                return job;
            }
            Thread.sleep(POLL_DELAY.toMillis());
        }
        throw new IllegalStateException("export job " + jobId + " has not ended in " + PATIENCE);
    }

    private Path download(String bucket, String key, Path directory) {
        Path file = directory.resolve(key.substring(key.lastIndexOf('/') + 1));
        s3.getObject(get -> get.bucket(bucket).key(key), file);
        out.println("Downloaded " + key);
        return file;
    }

    private void printFailures(ExportJobResponse job) {
        if (job.hasFailures()) {
            job.failures().forEach(failure -> out.println("Failure: " + failure));
        }
    }
}
