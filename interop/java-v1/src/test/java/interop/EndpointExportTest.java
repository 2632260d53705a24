package interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.amazonaws.auth.AWSStaticCredentialsProvider;
import com.amazonaws.auth.BasicAWSCredentials;
import com.amazonaws.client.builder.AwsClientBuilder.EndpointConfiguration;
import com.amazonaws.services.pinpoint.AmazonPinpoint;
import com.amazonaws.services.pinpoint.AmazonPinpointClientBuilder;
import com.amazonaws.services.pinpoint.model.ChannelType;
import com.amazonaws.services.pinpoint.model.CreateAppRequest;
import com.amazonaws.services.pinpoint.model.CreateApplicationRequest;
import com.amazonaws.services.pinpoint.model.EndpointBatchItem;
import com.amazonaws.services.pinpoint.model.EndpointBatchRequest;
import com.amazonaws.services.pinpoint.model.EndpointRequest;
import com.amazonaws.services.pinpoint.model.GetAppRequest;
import com.amazonaws.services.pinpoint.model.GetEndpointRequest;
import com.amazonaws.services.pinpoint.model.NotFoundException;
import com.amazonaws.services.pinpoint.model.UpdateEndpointRequest;
import com.amazonaws.services.pinpoint.model.UpdateEndpointsBatchRequest;
import com.amazonaws.services.s3.AmazonS3;
import com.amazonaws.services.s3.AmazonS3ClientBuilder;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs {@link EndpointExport} against the emulator that interop/run has started. */
class EndpointExportTest {
    private static final EndpointConfiguration EMULATOR =
            new EndpointConfiguration(setting("INTEROP_ENDPOINT_URL"), "us-east-1");
    private static final AWSStaticCredentialsProvider CREDENTIALS =
            new AWSStaticCredentialsProvider(new BasicAWSCredentials("test", "test"));
    private static final String BUCKET = setting("INTEROP_BUCKET");
    private static final String ROLE_ARN = "arn:aws:iam::000000000000:role/export";

    private final AmazonPinpoint pinpoint = AmazonPinpointClientBuilder.standard()
            .withEndpointConfiguration(EMULATOR)
            .withCredentials(CREDENTIALS)
            .build();
    private final AmazonS3 s3 = AmazonS3ClientBuilder.standard()
            .withEndpointConfiguration(EMULATOR)
            .withCredentials(CREDENTIALS)
            .withPathStyleAccessEnabled(true)
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
        assertEquals("COMPLETED", result.job().getJobStatus());
        assertEquals(endpoints, result.job().getTotalProcessed());
        assertEquals(result.job().getTotalPieces(), result.files().size());
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
        pinpoint.updateEndpointsBatch(new UpdateEndpointsBatchRequest()
                .withApplicationId(applicationId)
                .withEndpointBatchRequest(new EndpointBatchRequest()
                        .withItem(
                                new EndpointBatchItem()
                                        .withId("java-1")
                                        .withChannelType(ChannelType.EMAIL)
                                        .withAddress("ann@example.com"),
                                new EndpointBatchItem()
                                        .withId("java-2")
                                        .withChannelType(ChannelType.SMS)
                                        .withAddress("+12065550101"))));

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
        pinpoint.updateEndpoint(new UpdateEndpointRequest()
                .withApplicationId(applicationId)
                .withEndpointId(endpointId)
                .withEndpointRequest(
                        new EndpointRequest().withChannelType(ChannelType.EMAIL).withAddress("bo@example.com")));

        String answered = pinpoint.getEndpoint(
                        new GetEndpointRequest().withApplicationId(applicationId).withEndpointId(endpointId))
                .getEndpointResponse()
                .getId();

        assertEquals(endpointId, answered);
    }

    @Test
    void failedJobPrintsItsFailures() throws Exception {
        EndpointExport.Result result =
                export.run(setting("INTEROP_APPLICATION_ID"), "no-such-bucket", ROLE_ARN, downloads);

        assertEquals("FAILED", result.job().getJobStatus());
        assertFalse(result.job().getFailures().isEmpty());
        assertTrue(printed.toString(StandardCharsets.UTF_8).contains("Failure: "));
        assertEquals(List.of(), result.files());
    }

    @Test
    void unknownApplicationIsTheModelledException() {
        NotFoundException refused = assertThrows(
                NotFoundException.class,
                () -> pinpoint.getApp(new GetAppRequest().withApplicationId("ffffffffffffffffffffffffffffffff")));

        assertEquals(404, refused.getStatusCode());
        assertEquals("NotFoundException", refused.getErrorCode());
        assertEquals("Application not found", refused.getErrorMessage());
        assertFalse(refused.getRequestId().isEmpty());
    }

    private String createApp() {
        return pinpoint.createApp(new CreateAppRequest()
                        .withCreateApplicationRequest(new CreateApplicationRequest().withName("java-v1")))
                .getApplicationResponse()
                .getId();
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
