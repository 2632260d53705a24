package interop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.pinpoint.PinpointClient;
import software.amazon.awssdk.services.pinpoint.model.ChannelType;
import software.amazon.awssdk.services.pinpoint.model.EndpointBatchItem;
import software.amazon.awssdk.services.pinpoint.model.JobStatus;
import software.amazon.awssdk.services.pinpoint.model.NotFoundException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/** Runs {@link EndpointExport} against the emulator that interop/run has started. */
class EndpointExportTest {
    private static final URI EMULATOR = URI.create(setting("INTEROP_ENDPOINT_URL"));
    private static final StaticCredentialsProvider CREDENTIALS =
            StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test"));
    private static final String BUCKET = setting("INTEROP_BUCKET");
    private static final String ROLE_ARN = "arn:aws:iam::000000000000:role/export";

    private final PinpointClient pinpoint = PinpointClient.builder()
            .endpointOverride(EMULATOR)
            .region(Region.US_EAST_1)
            .credentialsProvider(CREDENTIALS)
            .build();
    private final S3Client s3 = S3Client.builder()
            .endpointOverride(EMULATOR)
            .region(Region.US_EAST_1)
            .credentialsProvider(CREDENTIALS)
            .forcePathStyle(true)
            .build();
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final EndpointExport export =
            new EndpointExport(pinpoint, s3, new PrintStream(printed, true, StandardCharsets.UTF_8));

    @TempDir
    Path downloads;

    @Test
    void downloadedFilesHoldEveryEndpointOfTheApplication() throws Exception {
        EndpointExport.Result result = export.run(setting("INTEROP_APPLICATION_ID"), BUCKET, ROLE_ARN, downloads);

        int endpoints = Integer.parseInt(setting("INTEROP_APPLICATION_ENDPOINTS"));
        assertEquals(JobStatus.COMPLETED, result.job().jobStatus());
        assertEquals(endpoints, result.job().totalProcessed());
        assertEquals(result.job().totalPieces(), result.files().size());
        assertEquals(endpoints, lines(result.files()).size());
    }

    @Test
    void markersLieUnderThePrefixAndAreNotDownloaded() throws Exception {
        EndpointExport.Result result = export.run(setting("INTEROP_APPLICATION_ID"), BUCKET, ROLE_ARN, downloads);

        assertTrue(result.keys().stream().anyMatch(key -> key.endsWith("/EXPORT_VALIDATED")), result.keys()::toString);
        assertTrue(result.keys().stream().anyMatch(key -> key.endsWith("/COMPLETED")), result.keys()::toString);
        assertEquals(result.keys().size() - 2, result.files().size());
    }

    @Test
    void endpointsWrittenByTheSdkComeBackInTheFile() throws Exception {
        String applicationId = createApp();
        EndpointBatchItem ann = EndpointBatchItem.builder()
                .id("java-1")
                .channelType(ChannelType.EMAIL)
                .address("ann@example.com")
                .build();
        EndpointBatchItem phone = EndpointBatchItem.builder()
                .id("java-2")
                .channelType(ChannelType.SMS)
                .address("+12065550101")
                .build();
        pinpoint.updateEndpointsBatch(
                update -> update.applicationId(applicationId).endpointBatchRequest(batch -> batch.item(ann, phone)));

        EndpointExport.Result result = export.run(applicationId, BUCKET, ROLE_ARN, downloads);

        List<String> lines = lines(result.files());
        assertEquals(2, lines.size());
        for (String member : List.of("\"Id\":\"java-1\"", "\"Id\":\"java-2\"", "\"Address\":\"ann@example.com\"")) {
            assertEquals(1, lines.stream().filter(line -> line.contains(member)).count(), member);
        }
    }

    @Test
    void endpointIdsWithSlashAndPlusAreOneLabelOfThePath() {
        String applicationId = createApp();
        String endpointId = "0f9d1/ssx+b=c";
        pinpoint.updateEndpoint(update -> update.applicationId(applicationId)
                .endpointId(endpointId)
                .endpointRequest(endpoint -> endpoint.channelType(ChannelType.EMAIL).address("bo@example.com")));

        String answered = pinpoint.getEndpoint(
                        get -> get.applicationId(applicationId).endpointId(endpointId))
                .endpointResponse()
                .id();

        assertEquals(endpointId, answered);
    }

    @Test
    void failedJobPrintsItsFailures() throws Exception {
        EndpointExport.Result result =
                export.run(setting("INTEROP_APPLICATION_ID"), "no-such-bucket", ROLE_ARN, downloads);

        assertEquals(JobStatus.FAILED, result.job().jobStatus());
        assertFalse(result.job().failures().isEmpty());
        assertTrue(printed.toString(StandardCharsets.UTF_8).contains("Failure: "));
        assertEquals(List.of(), result.files());
    }

    @Test
    void unknownApplicationIsTheModelledException() {
        NotFoundException refused = assertThrows(
                NotFoundException.class,
                () -> pinpoint.getApp(get -> get.applicationId("ffffffffffffffffffffffffffffffff")));

        assertEquals(404, refused.statusCode());
        assertEquals("NotFoundException", refused.awsErrorDetails().errorCode());
        assertEquals("Application not found", refused.awsErrorDetails().errorMessage());
        assertFalse(refused.requestId().isEmpty());
    }

    @Test
    void chunkedUploadsWithTrailingChecksumsArriveWhole() {
        byte[] content = "colons: and + signs\n".repeat(20_000).getBytes(StandardCharsets.UTF_8);
        for (ChecksumAlgorithm algorithm :
                List.of(ChecksumAlgorithm.CRC32, ChecksumAlgorithm.SHA1, ChecksumAlgorithm.SHA256)) {
            String key = "java-v2/upload_" + algorithm + "_12:30:00+1";
            s3.putObject(
                    put -> put.bucket(BUCKET).key(key).checksumAlgorithm(algorithm), RequestBody.fromBytes(content));

            byte[] read = s3.getObjectAsBytes(get -> get.bucket(BUCKET).key(key)).asByteArray();

            assertArrayEquals(content, read, algorithm::toString);
        }
    }

    @Test
    void presignedUrlIsReadWithoutCredentials() throws Exception {
        String key = "java-v2/presigned 1:2+3";
        s3.putObject(put -> put.bucket(BUCKET).key(key), RequestBody.fromString("presigned"));
        try (S3Presigner presigner = S3Presigner.builder()
                .endpointOverride(EMULATOR)
                .region(Region.US_EAST_1)
                .credentialsProvider(CREDENTIALS)
                .serviceConfiguration(S3Configuration.builder().pathStyleAccessEnabled(true).build())
                .build()) {
            URI url = presigner
                    .presignGetObject(presign -> presign.signatureDuration(Duration.ofMinutes(1))
                            .getObjectRequest(get -> get.bucket(BUCKET).key(key)))
                    .url()
                    .toURI();

            HttpResponse<String> answer = HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(url).build(), HttpResponse.BodyHandlers.ofString());

            assertEquals(200, answer.statusCode(), answer.body());
            assertEquals("presigned", answer.body());
        }
    }

    private String createApp() {
        return pinpoint.createApp(create -> create.createApplicationRequest(application -> application.name("java-v2")))
                .applicationResponse()
                .id();
    }

    private static List<String> lines(List<Path> files) throws IOException {
        List<String> lines = new ArrayList<>();
        for (Path file : files) {
            try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                    new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
                reader.lines().forEach(lines::add);
            }
        }
        return lines;
    }

    private static String setting(String name) {
        String value = System.getenv(name);
        if (value == null) {
            throw new IllegalStateException(name + " is not set; run this by interop/run");
        }
        return value;
    }
}
