package interop;

import com.amazonaws.services.pinpoint.AmazonPinpoint;
import com.amazonaws.services.pinpoint.model.CreateExportJobRequest;
import com.amazonaws.services.pinpoint.model.ExportJobRequest;
import com.amazonaws.services.pinpoint.model.ExportJobResponse;
import com.amazonaws.services.pinpoint.model.GetExportJobRequest;
import com.amazonaws.services.s3.AmazonS3;
import com.amazonaws.services.s3.model.GetObjectRequest;
import com.amazonaws.services.s3.model.ListObjectsV2Request;
import com.amazonaws.services.s3.model.ListObjectsV2Result;
import com.amazonaws.services.s3.model.S3ObjectSummary;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A program of the kind that users of Pinpoint run: exports all endpoints of an application and downloads the files.
 *
 * <p>It takes the steps of the Developer Guide's example on the AWS SDK for Java 1: create the job under a prefix of
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

    private final AmazonPinpoint pinpoint;
    private final AmazonS3 s3;
    private final PrintStream out;

    EndpointExport(AmazonPinpoint pinpoint, AmazonS3 s3, PrintStream out) {
        this.pinpoint = pinpoint;
        this.s3 = s3;
        this.out = out;
    }

    Result run(String applicationId, String bucket, String roleArn, Path directory) throws InterruptedException {
        String prefix = "exports/" + applicationId + "_" + PREFIX_TIME.format(Instant.now()) + "/";
        ExportJobResponse job = await(applicationId, create(applicationId, bucket, prefix, roleArn));
        if (job.getJobStatus().equals("FAILED")) {
            out.println("The export job failed: " + job.getId());
            printFailures(job);
            return new Result(job, List.of(), List.of());
        }
        List<String> keys = list(bucket, prefix);
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
        ExportJobRequest request =
                new ExportJobRequest().withS3UrlPrefix("s3://" + bucket + "/" + prefix).withRoleArn(roleArn);
        String jobId = pinpoint.createExportJob(new CreateExportJobRequest()
                        .withApplicationId(applicationId)
                        .withExportJobRequest(request))
                .getExportJobResponse()
                .getId();
        out.println("Export job " + jobId + " writes to " + request.getS3UrlPrefix());
        return jobId;
    }

    private ExportJobResponse await(String applicationId, String jobId) throws InterruptedException {
        GetExportJobRequest request =
                new GetExportJobRequest().withApplicationId(applicationId).withJobId(jobId);
        for (Instant end = Instant.now().plus(PATIENCE); Instant.now().isBefore(end); ) {
            ExportJobResponse job = pinpoint.getExportJob(request).getExportJobResponse();
            out.println("Job status: " + job.getJobStatus());
            if (job.getJobStatus().equals("COMPLETED") || job.getJobStatus().equals("FAILED")) {
                return job;
            }
            Thread.sleep(POLL_DELAY.toMillis());
        }
        throw new IllegalStateException("export job " + jobId + " has not ended in " + PATIENCE);
    }

    private List<String> list(String bucket, String prefix) {
        List<String> keys = new ArrayList<>();
        ListObjectsV2Request request =
                new ListObjectsV2Request().withBucketName(bucket).withPrefix(prefix);
        ListObjectsV2Result page;
        do {
            page = s3.listObjectsV2(request);
            page.getObjectSummaries().stream().map(S3ObjectSummary::getKey).forEach(keys::add);
            request.setContinuationToken(page.getNextContinuationToken());
        } while (page.isTruncated());
        return keys;
    }

    private Path download(String bucket, String key, Path directory) {
        Path file = directory.resolve(key.substring(key.lastIndexOf('/') + 1));
        s3.getObject(new GetObjectRequest(bucket, key), file.toFile());
        out.println("Downloaded " + key);
        return file;
    }

    private void printFailures(ExportJobResponse job) {
        if (job.getFailures() != null) {
            job.getFailures().forEach(failure -> out.println("Failure: " + failure));
        }
    }
}
